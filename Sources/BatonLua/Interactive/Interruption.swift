import CLuaShim
import Glibc

/// Set by the signal's handler alone; a number that is read and written at once.
nonisolated(unsafe) private var isInterruptionWanted: sig_atomic_t = 0

/// Ctrl-C while a script is read: ends what runs in Lua, and nothing else.
public enum Interruption {
  /// From now on SIGINT ends scripts, and not this program.
  public static func catchKeyboard() {
    signal(SIGINT) { _ in
      isInterruptionWanted = 1
      baton_vm_cancel(true)
    }
  }

  /// Whether it was asked for since ``clear()``.
  public static var isWanted: Bool { isInterruptionWanted != 0 }

  /// Lets scripts run again.
  public static func clear() {
    isInterruptionWanted = 0
    baton_vm_cancel(false)
  }
}
