import BatonModel
import BatonRuntime
import Glibc
import Testing

/// An HTTP server on the loopback address that answers what it was told to, and remembers what it was asked.
final class LoopbackServer: @unchecked Sendable {
  // Sound because what changes is touched under `monitor` alone.
  struct Request {
    /// `POST /path HTTP/1.1`
    var line: String
    /// By lower-case name.
    var headers: [String: String]
    var body: String
  }

  enum Reply {
    case status(Int, headers: [String] = [], body: String = "")
    /// Nothing, until the client goes away.
    case silence
  }

  let port: UInt16
  private let listener: Int32
  private let monitor = Monitor()
  private let isEncrypted: Bool
  private var replies: [Reply] = []
  private var received: [Request] = []
  private let handler: (@Sendable (Request) -> Reply)?

  /// The last reply is given again and again.
  convenience init(_ replies: Reply..., encrypted: Bool = false) {
    self.init(encrypted: encrypted, replies: replies, handler: nil)
  }

  /// Each request gets what the handler says; it is called for one after the other.
  convenience init(handler: @escaping @Sendable (Request) -> Reply) {
    self.init(encrypted: false, replies: [], handler: handler)
  }

  private init(encrypted: Bool, replies: [Reply], handler: (@Sendable (Request) -> Reply)?) {
    self.replies = replies
    self.handler = handler
    isEncrypted = encrypted
    let socket = Listener()
    listener = socket.descriptor
    port = socket.port
    WorkerThread { [self] in serve() }?.detach()
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  var url: String { "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)" }
  var requests: [Request] { monitor.withLock { received } }

  /// Returns when so many requests have come in.
  func wait(for count: Int) {
    monitor.withLock { while received.count < count { monitor.wait() } }
  }

  private func serve() {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        close(listener)
        return
      }
      WorkerThread { [self] in
        answer(client)
        close(client)
      }?.detach()
    }
  }

  private func answer(_ client: Int32) {
    guard let wire = isEncrypted ? Wire(encrypting: client) : Wire(client) else { return }
    guard let request = LoopbackServer.read(wire) else { return }
    let reply = monitor.withLock {
      received.append(request)
      monitor.wakeAll()
      if let handler { return handler(request) }
      return replies.count > 1 ? replies.removeFirst() : replies[0]
    }
    switch reply {
    case .silence: while !wire.read().isEmpty {}
    case .status(let status, let headers, let body):
      let lines = ["HTTP/1.1 \(status) Said", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
      wire.write(lines.joined(separator: "\r\n") + "\r\n\r\n" + (status == 204 ? "" : body))
    }
  }

  private static func read(_ wire: Wire) -> Request? {
    var bytes: [UInt8] = []
    var headEnd: Int?
    var wanted = Int.max
    var lines: [String] = []
    while bytes.count < wanted {
      let piece = wire.read()
      guard !piece.isEmpty else { return nil }
      bytes.append(contentsOf: piece)
      if headEnd == nil, let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) {
        headEnd = end + 4
        lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
        wanted = end + 4 + (length.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0)
      }
    }
    let headers = lines.dropFirst().map { line in
      let name = line.prefix { $0 != ":" }
      return (name.lowercased(), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
    }
    return Request(
      line: lines.first ?? "", headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
      body: String(decoding: bytes[(headEnd ?? 0)...], as: UTF8.self))
  }
}

extension LoopbackServer.Request {
  /// The content, where it is JSON.
  var json: Value { (try? JSON.decode(body)) ?? .null }
}
