import BatonModel
import CSystem
import Glibc

/// The server behind `baton.mock`: it answers HTTP/1.1 requests by a table, and writes each down as it is answered.
///
/// One thread: a request is read, answered and written down before the next one is looked at, so that what a table says in
/// turn is the same each time. Answers that wait hold nobody else up.
final class MockServer {
  static let command = "__mock"

  private struct Client {
    var file: Int32
    var bytes: [UInt8] = []
    /// What is sent when its time has come.
    var due: (time: UInt64, answer: [UInt8], isLast: Bool)?
  }

  private static let longestHead = 64 << 10
  private static let longestBody = 64 << 20

  private var table: MockTable
  private let calls: Int32
  private let listener: Int32
  private var clients: [Int32: Client] = [:]

  /// - Parameters:
  ///   - port: on 127.0.0.1.
  ///   - calls: the file to which each request is appended, a JSON object a line.
  init(_ table: MockTable, port: Int, calls path: String) throws(BatonError) {
    self.table = table
    calls = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard calls >= 0 else { throw BatonError(.failure, "cannot write \(path): \(File.message(errno))") }
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(listener, 128) == 0 else {
      throw BatonError(.failure, "cannot listen on port \(port): \(File.message(errno))")
    }
    // Who does not read its answer any more is no reason to end.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Until it is ended.
  func serve() throws(BatonError) -> Never {
    while true {
      var files = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
      for client in clients.values where client.due == nil {
        files.append(pollfd(fd: client.file, events: Int16(POLLIN), revents: 0))
      }
      let count = poll(&files, nfds_t(files.count), pause())
      if count < 0, errno != EINTR { throw BatonError(.failure, "cannot wait: \(File.message(errno))") }
      for file in files where count > 0 && file.revents != 0 {
        if file.fd == listener { accept() } else { read(file.fd) }
      }
      sendWhatIsDue()
    }
  }

  /// Milliseconds until the next answer is due; -1: none waits.
  private func pause() -> Int32 {
    guard let next = clients.values.compactMap(\.due?.time).min() else { return -1 }
    let now = Self.now()
    return next <= now ? 0 : Int32(clamping: next - now)
  }

  /// Milliseconds, monotonic.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }

  private func accept() {
    let file = Glibc.accept(listener, nil, nil)
    guard file >= 0 else { return }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    clients[file] = Client(file: file)
  }

  private func drop(_ file: Int32) {
    clients[file] = nil
    close(file)
  }

  private func read(_ file: Int32) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(file, &buffer, buffer.count)
    guard count > 0 else {
      if count == 0 || errno != EINTR { drop(file) }
      return
    }
    clients[file]?.bytes += buffer[..<count]
    proceed(file)
  }

  /// Answers what has come as a whole.
  private func proceed(_ file: Int32) {
    guard let client = clients[file], client.due == nil else { return }
    let request: MockRequest
    switch MockRequest.read(client.bytes, longestHead: Self.longestHead, longestBody: Self.longestBody) {
    case .more(let isAsked):
      if isAsked, !send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: file) { drop(file) }
      return
    case .broken(let status):
      _ = send(MockAnswer(status: status).bytes(isLast: true, hasBody: true), to: file)
      return drop(file)
    case .whole(let whole, let length):
      request = whole
      clients[file]?.bytes.removeFirst(length)
    }
    let (answer, route) = table.answer(to: request)
    record(request, answer.status, route)
    let bytes = answer.bytes(isLast: request.isLast, hasBody: request.method != "HEAD")
    clients[file]?.due = (Self.now() + answer.delay, bytes, request.isLast)
  }

  private func sendWhatIsDue() {
    let now = Self.now()
    for (file, client) in clients {
      guard let due = client.due, due.time <= now else { continue }
      clients[file]?.due = nil
      if !send(due.answer, to: file) || due.isLast {
        drop(file)
      } else {
        // It may have asked for more meanwhile.
        proceed(file)
      }
    }
  }

  private func send(_ bytes: [UInt8], to file: Int32) -> Bool { baton_write_all(file, bytes, bytes.count) }

  private func record(_ request: MockRequest, _ status: Int, _ route: String?) {
    let call: Value = [
      "time": .string(Instant.now.rfc3339), "method": .string(request.method), "path": .string(request.path),
      "query": .string(request.query), "headers": .map(request.headers.mapValues(Value.string)),
      "body": .string(String(decoding: request.body, as: UTF8.self)), "status": .integer(Int64(status)),
      "route": route.map(Value.string) ?? .null,
    ]
    let line = Array((JSON.encode(call) + "\n").utf8)
    _ = baton_write_all(calls, line, line.count)
  }
}
