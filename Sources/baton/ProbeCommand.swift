import BatonCore
import BatonModel
import BatonNotify
import BatonRuntime
import CSystem
import Glibc

/// Carries out one probe of a service: exit code 0 where it is well, else 1 and why, on standard output.
enum ProbeCommand {
  static func perform() throws -> Int32 {
    guard let probe = (try? JSON.decode(try File.read("/dev/stdin"))).flatMap(ServiceProbe.init) else {
      throw BatonError(.usage, "\(ServiceProbe.command) is for Baton itself: it looks how services are")
    }
    let failure: String?
    switch probe.kind {
    case .tcp(let host, let ports): failure = tcp(host, ports, probe)
    case .http(let url, let statuses, let contains, let json): failure = http(url, statuses, contains, json)
    case .log(let file, let text): failure = log(file, text)
    case .sql(let url, let query, let expect): failure = try sql(url, query, expect)
    }
    guard let failure else { return 0 }
    print(failure)
    return 1
  }

  // MARK: TCP

  private static func tcp(_ host: String, _ ports: [Int], _ probe: ServiceProbe) -> String? {
    let isHere = ["127.0.0.1", "::1", "localhost"].contains(host)
    for port in ports {
      guard (1...65_535).contains(port) else { return "\(port) is no port" }
      // All of them have to be asked within the probe's time.
      let patience = min(forwarderPatience, Span(nanoseconds: probe.timeout.nanoseconds / Int64(2 * ports.count)))
      let isForwarded = isHere && probe.forwarded.contains(port)
      if let problem = connects(host, port, probe.timeout, isForwarded ? patience : nil) {
        return "\(host):\(port): \(problem)"
      }
    }
    return ports.isEmpty ? "there is no port to connect to" : nil
  }

  /// Why no connection is taken; nil: one was.
  ///
  /// - Parameter patience: how long a forwarder is waited for; nil: there is none.
  private static func connects(_ host: String, _ port: Int, _ timeout: Span, _ patience: Span?) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0 else { return String(cString: gai_strerror(code)) }
    defer { freeaddrinfo(found) }
    var problem = "it has no address"
    var next = found
    while let address = next?.pointee {
      next = address.ai_next
      let file = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
      guard file >= 0 else { continue }
      defer { close(file) }
      // connect(2) waits no longer than this to be heard; the whole is ended by the engine.
      var limit = timeval(tv_sec: Int(timeout.milliseconds / 1000), tv_usec: Int(timeout.milliseconds % 1000) * 1000)
      setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      if connect(file, address.ai_addr, address.ai_addrlen) == 0 {
        guard let patience, isClosed(file, within: patience) else { return nil }
        return "nothing listens there, where the port is forwarded to"
      }
      problem = File.message(errno)
    }
    return problem
  }

  /// How long a forwarder has at most to find that nobody takes what it took.
  private static let forwarderPatience = Span(milliseconds: 300)

  /// Whether the other side closes a connection that it has just taken, without a word.
  private static func isClosed(_ file: Int32, within patience: Span) -> Bool {
    var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, Int32(clamping: patience.milliseconds)) > 0 else { return false }
    var byte: UInt8 = 0
    return read(file, &byte, 1) <= 0
  }

  // MARK: HTTP

  private static func http(
    _ url: String, _ statuses: [Int64], _ contains: String?, _ json: [String: Value]
  ) -> String? {
    let shown = WebExchange.shown(url)
    let answer: WebExchange.Answer
    do throws(WebExchange.Failure) {
      answer = try WebExchange.perform(WebExchange.Request(method: "GET", url: url))
    } catch {
      return "\(shown): \(error.text)"
    }
    let isExpected = statuses.isEmpty ? (200...399).contains(answer.status) : statuses.contains(Int64(answer.status))
    guard isExpected else { return "\(shown): HTTP \(answer.status)" }
    if let contains, !String(decoding: answer.body, as: UTF8.self).contains(contains) {
      return "\(shown): its answer does not hold \"\(contains)\""
    }
    guard !json.isEmpty else { return nil }
    guard let told = try? JSON.decode(answer.body) else { return "\(shown): its answer is no JSON" }
    for (path, wanted) in json.sorted(by: { $0.key < $1.key }) {
      let value = told.lookup(keys(path))
      if value != wanted {
        return "\(shown): \(path) is \(value.map { JSON.encode($0) } ?? "missing"), not \(JSON.encode(wanted))"
      }
    }
    return nil
  }

  /// `nodes[1].state`, places counted from 1 as in Lua.
  static func keys(_ path: String) -> [PathKey] {
    var keys: [PathKey] = []
    for part in path.split(separator: ".") {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      if let name = pieces.first, !name.isEmpty { keys.append(.name(String(name))) }
      for piece in pieces.dropFirst() {
        let digits = piece.hasSuffix("]") ? piece.dropLast() : piece
        if let place = Int64(digits) { keys.append(.index(place)) } else { keys.append(.name(String(digits))) }
      }
    }
    return keys
  }

  // MARK: Output

  private static func log(_ file: String, _ text: String) -> String? {
    let pieces = text.split(separator: "*", omittingEmptySubsequences: true)
    let output = (try? File.read(file)) ?? []
    for line in output.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) where holds(line, pieces) { return nil }
    return "no line of its output holds \"\(text)\""
  }

  /// Whether the pieces stand in the line, in their order.
  private static func holds(_ line: ArraySlice<UInt8>, _ pieces: [Substring]) -> Bool {
    line.withUnsafeBytes { line in
      var position = 0
      for piece in pieces {
        let bytes = Array(piece.utf8)
        guard let start = bytes.withUnsafeBytes({ ByteSearch.first($0, in: line, from: position) }) else {
          return false
        }
        position = start + bytes.count
      }
      return true
    }
  }

  // MARK: SQL

  /// `psql` asks, as it stands in the path; a password belongs into `PGPASSWORD`.
  private static func sql(_ url: String, _ query: String, _ expect: String?) throws -> String? {
    let script =
      expect == nil
      ? #"exec psql "$@" 2>&1 >/dev/null"#
      : #"answer=$(psql "$@" 2>&1) || { echo "$answer"; exit 1; }; "#
        + #"[ "$answer" = "$BATON_EXPECTED" ] || { echo "it answers \"$answer\", not \"$BATON_EXPECTED\""; exit 1; }"#
    if let expect { setenv("BATON_EXPECTED", expect, 1) }
    let words = [
      "sh", "-c", script, "sh", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--no-password",
      "--set=ON_ERROR_STOP=1", "--command=\(query)", "--dbname=\(url)",
    ]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    execv("/bin/sh", arguments)
    return "/bin/sh cannot be started: \(File.message(errno))"
  }
}
