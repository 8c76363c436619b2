import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Files for functions of the script.
enum ResultTexts {
  /// Of all files together, in bytes.
  static let limit = 64 << 20

  static func read(_ request: ResultRequest, _ claims: ResultClaims) -> [ResultText] {
    var texts: [ResultText] = []
    var size = 0
    for source in request.sources {
      guard case .callback(let callback) = source.reader else { continue }
      for file in ResultFiles.find(source, request, claims).files {
        let text: Result<String, BatonError>
        if size >= limit {
          text = .failure(BatonError(.failure, "functions read at most \(limit >> 20) MB, and this would be more"))
        } else {
          text = read(file.path)
        }
        if case .success(let content) = text { size += content.utf8.count }
        texts.append(ResultText(callback: callback, path: file.name, text: text))
      }
    }
    return texts
  }

  /// The file's text, of a long one the end.
  private static func read(_ path: String) -> Result<String, BatonError> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      // A step that printed nothing has no log.
      return errno == ENOENT
        ? .success("") : .failure(BatonError(.failure, "it cannot be read: \(String(cString: strerror(errno)))"))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return .failure(BatonError(.failure, "it is no regular file"))
    }
    if status.st_size > ResultText.limit { lseek(descriptor, status.st_size - off_t(ResultText.limit), SEEK_SET) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < ResultText.limit {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        return .failure(BatonError(.failure, "it cannot be read: \(String(cString: strerror(errno)))"))
      }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return .success(String(decoding: bytes, as: UTF8.self))
  }
}
