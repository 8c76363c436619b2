import BatonModel
import Glibc

/// The output of one attempt, read piece by piece, also while it grows.
final class LogFile {
  private let descriptor: Int32

  /// nil when there is no such file (yet): an attempt that prints nothing has none.
  init?(_ path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  /// Where the next piece begins.
  var position: Int { lseek(descriptor, 0, SEEK_CUR) }

  deinit { close(descriptor) }

  /// The next piece; empty at the end of what there is now.
  func next() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count >= 0 { return Array(buffer[..<count]) }
      if errno != EINTR { return [] }
    }
  }

  /// Goes to where the last `count` lines begin.
  func seekToLast(_ count: Int) {
    var end = lseek(descriptor, 0, SEEK_END)
    var missing = count
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var isFirst = true
    while end > 0 {
      let size = min(end, buffer.count)
      let got = pread(descriptor, &buffer, size, end - size)
      guard got == size else { break }
      var position = size - 1
      // A newline at the very end closes the last line.
      if isFirst, buffer[position] == 0x0A { position -= 1 }
      isFirst = false
      while position >= 0 {
        if buffer[position] == 0x0A {
          missing -= 1
          if missing <= 0 {
            lseek(descriptor, end - size + position + 1, SEEK_SET)
            return
          }
        }
        position -= 1
      }
      end -= size
    }
    lseek(descriptor, count == 0 ? lseek(descriptor, 0, SEEK_END) : 0, SEEK_SET)
  }
}
