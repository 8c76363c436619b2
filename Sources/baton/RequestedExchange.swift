import BatonModel
import BatonNotify
import BatonRuntime
import Glibc

/// Makes the request of a `ctx:http`, and hands over what the server answered.
enum RequestedExchange {
  static func perform(key: String) throws -> Int32 {
    unsetenv(WebRequest.variable)
    guard let fields = (try? JSON.decode(try File.read("/dev/stdin")))?.map, let url = fields["url"]?.string else {
      throw BatonError(.usage, "\(WebRequest.command) is for Baton itself: it makes the requests of ctx:http")
    }
    var request = WebExchange.Request(method: fields["method"]?.string ?? "GET", url: url)
    var given: Set<String> = []
    for (name, value) in (fields["headers"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard WebExchange.isSound(header: name), WebExchange.isSound(header: value.text) else {
        return refuse("the header \"\(name)\" has a line break in it")
      }
      given.insert(name.lowercased())
      request.headers.append((name, value.text))
    }
    request.body = fields["body"]?.text
    if let json = fields["json"] {
      request.body = JSON.encode(json)
      if !given.contains("content-type") { request.headers.append(("Content-Type", "application/json")) }
    }
    let changes = request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS"
    if changes, !given.contains("idempotency-key") {
      request.headers.append(("Idempotency-Key", key))
    }
    let answer: WebExchange.Answer
    do throws(WebExchange.Failure) {
      answer = try WebExchange.perform(request)
    } catch {
      return refuse("\(request.method) \(WebExchange.shown(url)): \(error.text)")
    }
    let expected = (fields["expect"]?.list ?? fields["expect"].map { [$0] } ?? []).compactMap(\.integer)
    let isExpected = expected.contains(Int64(answer.status))
    guard isExpected || (expected.isEmpty && !WebRequest.isPassing(status: answer.status)) else {
      let body = String(decoding: answer.body.prefix(2000), as: UTF8.self)
      if !body.isEmpty { print(body) }
      return refuse("HTTP \(answer.status) from \(request.method) \(WebExchange.shown(url))")
    }
    try handOver(answer)
    return 0
  }

  private static func refuse(_ text: String) -> Int32 {
    print(text)
    return 1
  }

  private static func handOver(_ answer: WebExchange.Answer) throws {
    guard let path = Environment["BATON_OUTPUT"] else { return }
    let values: Value = [
      "status": .integer(Int64(answer.status)), "headers": .map(answer.headers.mapValues { .string($0) }),
      "text": .string(String(decoding: answer.body, as: UTF8.self)),
    ]
    try File.append(Array((JSON.encode(values) + "\n").utf8), to: path)
  }
}
