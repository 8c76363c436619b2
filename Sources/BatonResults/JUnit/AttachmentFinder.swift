import BatonModel

/// Finds `[[ATTACHMENT|path]]` in what a test printed, as Jenkins, GitLab and Playwright write it.
struct AttachmentFinder {
  private static let mark = Array("[[ATTACHMENT|".utf8)
  private static let pathLimit = 4096

  /// Bytes of the mark that were just read; all of them: the path is being read.
  private var matched = 0
  private var path: [UInt8] = []
  private var found: [String] = []

  /// Looks through the next piece of the text.
  mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
    for byte in bytes {
      if matched < Self.mark.count {
        if byte == Self.mark[matched] {
          matched += 1
        } else if byte == UInt8(ascii: "[") {
          // `[[[ATTACHMENT|`: the last two count.
          matched = matched == 2 ? 2 : 1
        } else {
          matched = 0
        }
      } else if byte == UInt8(ascii: "]") || byte == 0x0A || path.count >= Self.pathLimit {
        if byte == UInt8(ascii: "]"), !path.isEmpty, found.count < TestOutcome.attachmentLimit {
          found.append(String(decoding: path, as: UTF8.self))
        }
        path.removeAll()
        matched = 0
      } else {
        path.append(byte)
      }
    }
  }

  /// What was found since the last time.
  mutating func take() -> [String] {
    defer {
      matched = 0
      path.removeAll()
      found.removeAll()
    }
    return found
  }
}
