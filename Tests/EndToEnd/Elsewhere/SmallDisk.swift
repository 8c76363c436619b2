import Glibc

/// A file system of a few megabytes in memory, for one test; needs root.
final class SmallDisk {
  static let canBeHad = geteuid() == 0

  private let folder: String
  private let sandbox: Sandbox

  init(at folder: String, megabytes: Int, _ sandbox: Sandbox) throws {
    self.folder = folder
    self.sandbox = sandbox
    try Disk.make(folder: folder)
    let mounted = try sandbox.command("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder)
    guard mounted.code == 0 else { throw HarnessError(mounted.account) }
  }

  deinit { _ = try? sandbox.command("umount", "--lazy", folder) }

  /// Leaves no room on it.
  func fill() throws { try sandbox.command("sh", "-c", "cat /dev/zero > \"\(folder)/filled\" 2> /dev/null") }

  func clear() throws { try sandbox.command("rm", "-f", "\(folder)/filled") }
}
