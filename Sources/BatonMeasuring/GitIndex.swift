import CSystem
import Glibc

/// Git's index: whether tracked files are as the last commit has them.
///
/// A file counts as changed when size or time of its last change differ from what git noted. Whether what was staged is
/// committed is told by the index's tree of the last commit: it is invalid from `git add` until the commit.
enum GitIndex {
  /// Larger ones are not read: it would take too long.
  static let limit = 64 << 20
  static let entries = 100_000

  /// nil where it cannot be told: no index, another version, too many files.
  static func isDirty(_ path: String, top: String) -> Bool? {
    guard let bytes = GitFolder.bytes(path, limit: limit) else { return nil }
    return bytes.withUnsafeBytes { isDirty($0, top: top) }
  }

  private static func isDirty(_ bytes: UnsafeRawBufferPointer, top: String) -> Bool? {
    func word(_ offset: Int) -> UInt32 {
      guard offset >= 0, offset + 4 <= bytes.count else { return 0 }
      return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    // `DIRC`, version, number of entries.
    guard bytes.count >= 12, word(0) == 0x4449_5243 else { return nil }
    let version = word(4)
    let count = Int(word(8))
    guard version == 2 || version == 3, count <= entries else { return nil }
    var offset = 12
    for _ in 0..<count {
      // Times of change (8 + 8), device, inode, mode, owner (8), size, hash of 20, flags, then the name and 1 to 8 zeros.
      guard offset + 62 <= bytes.count else { return nil }
      let flags = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 60, as: UInt16.self))
      let isExtended = version == 3 && flags & 0x4000 != 0
      let start = offset + (isExtended ? 64 : 62)
      guard let end = bytes[start...].firstIndex(of: 0) else { return nil }
      let extra =
        isExtended ? UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 62, as: UInt16.self)) : 0
      // Not in the working tree by intention, or in conflict.
      let isAbsent = extra & 0x4000 != 0 || flags & 0x8000 != 0
      if flags & 0x3000 != 0 || extra & 0x2000 != 0 { return true }
      if !isAbsent {
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        let mode = word(offset + 24)
        // A submodule is a repository of its own.
        if mode & 0xF000 != 0xE000 {
          var status = stat()
          guard lstat("\(top)/\(name)", &status) == 0 else { return true }
          let time = UInt32(truncatingIfNeeded: status.st_mtim.tv_sec)
          let part = UInt32(truncatingIfNeeded: status.st_mtim.tv_nsec)
          let noted = word(offset + 12)
          if word(offset + 8) != time || (noted != 0 && noted != part)
            || word(offset + 36) != UInt32(truncatingIfNeeded: status.st_size)
          {
            return true
          }
        }
      }
      // Padded to a multiple of eight, at least one zero.
      offset += (end - offset + 8) & ~7
    }
    // Extensions: a name of four letters, a length. `TREE` begins with the root: an empty name, a zero, its entries as text, −1
    // where it is invalid.
    while offset + 8 <= bytes.count - 20 {
      let length = Int(word(offset + 4))
      if word(offset) == 0x5452_4545 {
        guard offset + 10 <= bytes.count else { return nil }
        return bytes[offset + 8] == 0 && bytes[offset + 9] != UInt8(ascii: "-") ? false : true
      }
      offset += 8 + length
    }
    // Without it nothing is known of what was staged.
    return count == 0 ? false : nil
  }
}
