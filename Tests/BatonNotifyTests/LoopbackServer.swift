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
  private var replies: [Reply]
  private var received: [Request] = []

  /// The last reply is given again and again.
  init(_ replies: Reply...) {
    self.replies = replies
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let isBound = withUnsafeMutablePointer(to: &address) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    #expect(isBound)
    WorkerThread { [self] in serve() }?.detach()
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  var url: String { "http://127.0.0.1:\(port)" }
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
    guard let request = LoopbackServer.read(client) else { return }
    let reply = monitor.withLock {
      received.append(request)
      monitor.wakeAll()
      return replies.count > 1 ? replies.removeFirst() : replies[0]
    }
    switch reply {
    case .silence:
      var byte: UInt8 = 0
      while Glibc.read(client, &byte, 1) > 0 {}
    case .status(let status, let headers, let body):
      let lines = ["HTTP/1.1 \(status) Said", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
      let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
      _ = Glibc.write(client, bytes, bytes.count)
    }
  }

  private static func read(_ client: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    var headEnd: Int?
    var wanted = Int.max
    var lines: [String] = []
    while bytes.count < wanted {
      let count = Glibc.read(client, &buffer, buffer.count)
      guard count > 0 else { return nil }
      bytes.append(contentsOf: buffer[..<count])
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
