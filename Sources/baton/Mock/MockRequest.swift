import BatonModel

/// A request as HTTP/1.1 (RFC 9112) writes it.
struct MockRequest {
  var method: String
  /// Without the query.
  var path: String
  var query: String
  /// Names in small letters; what is said twice is joined with `, `.
  var headers: [String: String]
  var body: [UInt8] = []
  /// Whether the connection ends with its answer.
  var isLast: Bool

  enum Reading {
    /// There is more to come; whether it wants to be told to go on (`Expect: 100-continue`).
    case more(isAsked: Bool)
    /// It cannot be understood: the status that says so.
    case broken(Int)
    case whole(MockRequest, length: Int)
  }

  static func read(_ bytes: [UInt8], longestHead: Int, longestBody: Int) -> Reading {
    guard let end = bytes.prefix(longestHead).firstRange(of: Array("\r\n\r\n".utf8)) else {
      return bytes.count < longestHead ? .more(isAsked: false) : .broken(431)
    }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/") else { return .broken(400) }
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var request = MockRequest(
      method: String(words[0]), path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "", headers: [:],
      isLast: words[2] == "HTTP/1.0")
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return .broken(400) }
      let value = String(parts[1].trimming { $0 == " " || $0 == "\t" })
      request.headers[parts[0].lowercased(), default: ""] += value
    }
    if request.headers["connection"]?.lowercased() == "close" { request.isLast = true }
    let rest = bytes[end.upperBound...]
    let isAsked = request.headers["expect"]?.lowercased() == "100-continue" && rest.isEmpty
    if request.headers["transfer-encoding"]?.lowercased() == "chunked" {
      return chunked(request, rest, longestBody, isAsked: isAsked)
    }
    guard let text = request.headers["content-length"] else { return .whole(request, length: end.upperBound) }
    guard let length = Int(text), length >= 0 else { return .broken(400) }
    guard length <= longestBody else { return .broken(413) }
    guard rest.count >= length else { return .more(isAsked: isAsked) }
    request.body = Array(rest.prefix(length))
    return .whole(request, length: end.upperBound + length)
  }

  private static func chunked(
    _ request: MockRequest, _ rest: ArraySlice<UInt8>, _ longest: Int, isAsked: Bool
  ) -> Reading {
    var request = request
    var rest = rest
    while let end = rest.firstRange(of: Array("\r\n".utf8)) {
      let line = String(decoding: rest[..<end.lowerBound], as: UTF8.self).prefix { $0 != ";" }
      guard let length = Int(line, radix: 16), length >= 0, length <= longest - request.body.count else {
        return .broken(400)
      }
      rest = rest[end.upperBound...]
      guard rest.count >= length + 2 else { break }
      request.body += rest.prefix(length)
      rest = rest.dropFirst(length + 2)
      // Trailers are not understood.
      if length == 0 { return .whole(request, length: rest.startIndex) }
    }
    return .more(isAsked: isAsked)
  }
}

extension Substring {
  fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
    var text = drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}
