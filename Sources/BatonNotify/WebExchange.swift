import BatonModel
import CCurl

/// One HTTP request of a workflow (`ctx:http`) and what the server answered. Redirects are followed, certificates verified;
/// only HTTP and HTTPS are spoken.
public enum WebExchange {
  public struct Request: Sendable {
    public var method: String
    public var url: String
    /// In the order in which they are sent.
    public var headers: [(name: String, value: String)] = []
    /// nil: none, and no Content-Length.
    public var body: String?

    public init(method: String, url: String) {
      self.method = method
      self.url = url
    }
  }

  public struct Answer: Sendable {
    public var status: Int
    /// By their names in lower case; of several of one name, joined with ", ".
    public var headers: [String: String] = [:]
    public var body: [UInt8] = []
  }

  /// Why there was no answer, in words.
  public struct Failure: Error {
    public var text: String
  }

  /// The longest answer that is taken: it becomes a value of the run.
  public static let longestAnswer = 8 << 20

  /// Blocks until the answer is there.
  public static func perform(_ request: Request) throws(Failure) -> Answer {
    switch CurlLibrary.shared {
    case .failure(let missing): throw Failure(text: missing.message)
    case .success(let library): return try Exchange(library.table).perform(request)
    }
  }

  /// Line breaks in a header would make two of it.
  public static func isSound(header text: String) -> Bool {
    !text.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
  }

  /// Takes the header lines of an answer that redirects or waits, and then those of the last.
  static func readHead(_ lines: [UInt8], into answer: inout Answer) {
    for line in String(decoding: lines, as: UTF8.self).split(whereSeparator: \.isNewline) {
      if line.hasPrefix("HTTP/") {
        answer.headers = [:]
        continue
      }
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].lowercased()
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      let before = answer.headers[name].map { "\($0), " } ?? ""
      answer.headers[name] = "\(before)\(value)"
    }
  }
}

/// The request while it is under way. Belongs to one thread.
private final class Exchange {
  private let table: UnsafePointer<baton_curl>
  /// The heads of all answers, and then the body of the last.
  private var body: [UInt8] = []
  private var isTooLong = false

  init(_ table: UnsafeMutablePointer<baton_curl>) { self.table = UnsafePointer(table) }

  func perform(_ request: WebExchange.Request) throws(WebExchange.Failure) -> WebExchange.Answer {
    guard let handle = table.pointee.easy_init() else { throw WebExchange.Failure(text: "there is no memory for it") }
    defer { table.pointee.easy_cleanup(handle) }
    var list: UnsafeMutablePointer<curl_slist>?
    defer { table.pointee.slist_free_all(list) }
    for header in request.headers {
      let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
      guard let longer = table.pointee.slist_append(list, line) else {
        throw WebExchange.Failure(text: "there is no memory for it")
      }
      list = longer
    }
    let me = Unmanaged.passUnretained(self).toOpaque()
    let content = Array((request.body ?? "").utf8)
    let code = content.withUnsafeBytes { bytes -> CURLcode in
      var options: [(CURLoption, Int)] = [
        (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 1), (CURLOPT_MAXREDIRS, 10), (CURLOPT_SSL_VERIFYPEER, 1),
        (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_CONNECTTIMEOUT, 30),
      ]
      switch (request.method, request.body) {
      case ("GET", nil): options.append((CURLOPT_HTTPGET, 1))
      case ("HEAD", _): options.append((CURLOPT_NOBODY, 1))
      case (_, nil): break
      default:
        options += [(CURLOPT_POST, 1), (CURLOPT_POSTFIELDSIZE, content.count)]
        let start = bytes.baseAddress.map { UnsafeRawPointer($0) }
        let code = Self.empty.withUnsafeBytes {
          baton_curl_set_pointer(table, handle, CURLOPT_POSTFIELDS, start ?? $0.baseAddress)
        }
        guard code == CURLE_OK else { return code }
      }
      for (option, value) in options {
        let code = baton_curl_set_long(table, handle, option, value)
        guard code == CURLE_OK else { return code }
      }
      let steps: [() -> CURLcode] = [
        { baton_curl_set_text(self.table, handle, CURLOPT_URL, request.url) },
        {
          let code = baton_curl_set_text(self.table, handle, CURLOPT_PROTOCOLS_STR, "http,https")
          // Before libcurl 7.85: CURLOPT_PROTOCOLS and CURLOPT_REDIR_PROTOCOLS, with bits for HTTP and HTTPS.
          guard code == CURLE_UNKNOWN_OPTION else { return code }
          _ = baton_curl_set_long(self.table, handle, CURLoption(182), 0b11)
          return baton_curl_set_long(self.table, handle, CURLoption(181), 0b11)
        },
        { baton_curl_set_text(self.table, handle, CURLOPT_USERAGENT, "baton") },
        {
          request.method == "GET" && request.body == nil || request.method == "HEAD"
            ? CURLE_OK : baton_curl_set_text(self.table, handle, CURLOPT_CUSTOMREQUEST, request.method)
        },
        { baton_curl_set_list(self.table, handle, CURLOPT_HTTPHEADER, list) },
        // The head arrives as the body does, before it.
        { baton_curl_set_long(self.table, handle, CURLOPT_HEADER, 1) },
        { baton_curl_set_write(self.table, handle, Exchange.take, me) },
      ]
      for step in steps {
        let code = step()
        guard code == CURLE_OK else { return code }
      }
      return table.pointee.easy_perform(handle)
    }
    if isTooLong {
      throw WebExchange.Failure(
        text: "the answer is longer than \(WebExchange.longestAnswer >> 20) MB: fetch it into a file, with ctx:exec")
    }
    guard code == CURLE_OK else {
      throw WebExchange.Failure(
        text: table.pointee.easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
    }
    var answer = WebExchange.Answer(status: 0)
    _ = baton_curl_get_long(table, handle, CURLINFO_RESPONSE_CODE, &answer.status)
    var headSize = 0
    _ = baton_curl_get_long(table, handle, CURLINFO_HEADER_SIZE, &headSize)
    headSize = min(max(0, headSize), body.count)
    WebExchange.readHead(Array(body.prefix(headSize)), into: &answer)
    answer.body = Array(body.dropFirst(headSize))
    return answer
  }

  private static let empty: [UInt8] = [0]

  private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= WebExchange.longestAnswer - body.count else {
      isTooLong = true
      return false
    }
    body += bytes
    return true
  }

  private static let take: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
    bytes, size, count, me in
    guard let bytes, let me else { return 0 }
    let exchange = Unmanaged<Exchange>.fromOpaque(me).takeUnretainedValue()
    return exchange.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
  }
}

extension WebExchange {
  /// An address as messages show it: the rest may hold tokens.
  public static func shown(_ url: String) -> String {
    if let address = WebAddress(url) { return address.shown }
    // No address: but what stands before the last @ may be a password all the same.
    guard let at = url.lastIndex(of: "@") else { return url }
    let scheme = url.range(of: "://").map { url[..<$0.upperBound] } ?? ""
    return "\(scheme)***\(url[at...])"
  }
}
