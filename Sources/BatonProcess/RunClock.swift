import BatonModel
import CSystem

/// The time of a run: the wall's clock read once, carried on by a clock that nobody can set (`CLOCK_BOOTTIME`, which counts
/// while the machine sleeps).
struct RunClock {
  /// Added to the boot-time clock to give nanoseconds since 1970.
  private var offset: Int64

  init(wall: Int64 = baton_walltime(), boot: Int64 = baton_boottime()) { offset = wall - boot }

  func instant(boot: Int64) -> Instant { Instant(nanoseconds: boot + offset) }

  /// The reading of the boot-time clock at a moment.
  func boot(at instant: Instant) -> Int64 {
    let (reading, overflow) = instant.nanoseconds.subtractingReportingOverflow(offset)
    return overflow ? .max : reading
  }

  /// Time goes on from the floor when the wall's clock was behind it: a resumed run never goes back before its last record.
  mutating func raise(to floor: Instant, boot: Int64) {
    offset = max(offset, floor.nanoseconds - boot)
  }
}
