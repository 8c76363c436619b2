import BatonModel

/// An answer of ``MockServer``.
struct MockAnswer {
  var status = 200
  var headers: [String: String] = [:]
  var body: [UInt8] = []
  /// Milliseconds until it is sent.
  var delay: UInt64 = 0

  private static let words: [Int: String] = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found",
    304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    413: "Content Too Large", 422: "Unprocessable Content", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
  ]

  func bytes(isLast: Bool, hasBody: Bool) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(Self.words[status] ?? "-")\r\n"
    let known = Set(headers.keys.map { $0.lowercased() })
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
    if !known.contains("content-type"), !body.isEmpty { head += "Content-Type: text/plain; charset=utf-8\r\n" }
    // RFC 9110, 8.6: these have no content.
    if status >= 200, status != 204, status != 304 { head += "Content-Length: \(body.count)\r\n" }
    head += isLast ? "Connection: close\r\n\r\n" : "\r\n"
    return Array(head.utf8) + (hasBody && status != 204 && status != 304 ? body : [])
  }
}

/// Which answers there are.
///
/// `[{"route":"GET /users/*","answers":[{"status":200,"headers":{},"body":"…","file":"…","delay_ms":0}]}]`: the first route
/// that fits answers, with its answers in turn, the last one again and again.
struct MockTable {
  private struct Route {
    var text: String
    var pattern: MockPattern
    var answers: [MockAnswer]
    var next = 0
  }

  private var routes: [Route] = []

  init(_ value: Value) throws(BatonError) {
    for item in value.list ?? [] {
      guard let text = item["route"]?.string, let pattern = MockPattern(text), let given = item["answers"]?.list else {
        throw BatonError(.usage, "this is no route: \(JSON.encode(item))")
      }
      var answers: [MockAnswer] = []
      for answer in given { answers.append(try Self.answer(answer)) }
      routes.append(Route(text: text, pattern: pattern, answers: answers))
    }
  }

  private static func answer(_ value: Value) throws(BatonError) -> MockAnswer {
    var answer = MockAnswer()
    answer.status = value["status"]?.integer.map { Int(clamping: $0) } ?? 200
    answer.headers = value["headers"]?.map?.compactMapValues(\.string) ?? [:]
    answer.delay = UInt64(clamping: value["delay_ms"]?.integer ?? 0)
    answer.body = Array((value["body"]?.string ?? "").utf8)
    if let file = value["file"]?.string { answer.body = try File.read(file) }
    return answer
  }

  /// What is answered, and by which route; nil: none fits.
  mutating func answer(to request: MockRequest) -> (MockAnswer, route: String?) {
    guard let found = routes.firstIndex(where: { $0.pattern.fits(request.method, request.path) }),
      let last = routes[found].answers.indices.last
    else {
      return (
        MockAnswer(status: 404, body: Array("no route for \(request.method) \(request.path)\n".utf8)), nil
      )
    }
    let answer = routes[found].answers[min(routes[found].next, last)]
    routes[found].next = min(last, routes[found].next + 1)
    return (answer, routes[found].text)
  }
}

/// `GET /users/*`: a method, or `*`, and a path in which `*` stands for any letters.
struct MockPattern {
  private var method: String
  private var pieces: [Substring]

  init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2 else { return nil }
    method = String(words[0])
    pieces = words[1].split(separator: "*", omittingEmptySubsequences: false)
  }

  func fits(_ method: String, _ path: String) -> Bool {
    guard self.method == "*" || self.method == method else { return false }
    guard pieces.count > 1 else { return pieces.first.map { $0 == path } ?? false }
    guard let first = pieces.first, let last = pieces.last, path.hasPrefix(first) else { return false }
    var rest = path.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
