import BatonModel
import CCurl

/// One exchange with a server by way of libcurl. Belongs to one thread, and is used once.
///
/// Certificates are verified, and only the protocols that are asked for are spoken.
final class CurlTransfer {
  /// Why there was no answer.
  struct Failure: Error {
    var code: CURLcode
    /// As libcurl says it; names hosts, but no paths.
    var text: String
    /// The last status that the server answered; 0: none.
    var status: Int
    /// The last line with which a mail server refused something.
    var reply: String
  }

  /// A protocol, by its name and, for libcurl before 7.85, its bit.
  struct Scheme {
    var name: String
    var bit: Int

    static let http = Scheme(name: "http", bit: 1 << 0)
    static let https = Scheme(name: "https", bit: 1 << 1)
    static let smtp = Scheme(name: "smtp", bit: 1 << 16)
    static let smtps = Scheme(name: "smtps", bit: 1 << 17)
  }

  let table: UnsafePointer<baton_curl>
  let handle: UnsafeMutableRawPointer
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private let abandonment: Abandonment
  /// What came as the answer's content, up to the limit.
  private(set) var answer: [UInt8] = []
  var longestAnswer = 2048
  /// The last line with which a mail server refused something.
  private(set) var lastLine: [UInt8] = []
  /// What is sent as it is asked for.
  var upload: ArraySlice<UInt8> = []

  init(table: UnsafePointer<baton_curl>, handle: UnsafeMutableRawPointer, abandonment: Abandonment) {
    self.table = table
    self.handle = handle
    self.abandonment = abandonment
    errorText.initialize(repeating: 0)
  }

  deinit {
    table.pointee.easy_cleanup(handle)
    errorText.deallocate()
  }

  /// Sets what every exchange needs, then what this one does, and carries it out.
  ///
  /// - Parameters:
  ///   - certificates: a PEM file with the certificates of those who sign the server's; nil: the machine's.
  ///   - limit: for all of it, from the look-up of the name to the last byte.
  func perform(
    _ url: String, _ schemes: [Scheme], certificates: String?, limit: Span, _ options: [() -> CURLcode]
  ) throws(Failure) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    let milliseconds = Int(clamping: max(1, limit.milliseconds))
    var steps: [() -> CURLcode] = [
      { self.set(CURLOPT_ERRORBUFFER, pointer: self.errorText.baseAddress) },
      { self.set(CURLOPT_NOSIGNAL, 1) },
      { self.set(CURLOPT_URL, url) },
      { self.setProtocols(schemes) },
      { self.set(CURLOPT_FOLLOWLOCATION, 0) },
      { self.set(CURLOPT_SSL_VERIFYPEER, 1) },
      { self.set(CURLOPT_SSL_VERIFYHOST, 2) },
      { self.set(CURLOPT_TIMEOUT_MS, milliseconds) },
      { self.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds) },
      { baton_curl_set_write(self.table, self.handle, CurlTransfer.takeAnswer, me) },
      { baton_curl_set_header(self.table, self.handle, CurlTransfer.takeLine, me) },
      { baton_curl_set_progress(self.table, self.handle, CurlTransfer.isAbandoned, me) },
    ]
    if let certificates { steps.append { self.set(CURLOPT_CAINFO, certificates) } }
    for step in steps + options {
      let code = step()
      guard code == CURLE_OK else { throw failure(code) }
    }
    let code = table.pointee.easy_perform(handle)
    guard code == CURLE_OK else { throw failure(code) }
  }

  var status: Int {
    var status = 0
    _ = baton_curl_get_long(table, handle, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  private func failure(_ code: CURLcode) -> Failure {
    let plain = table.pointee.easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
    // What went wrong with a certificate stands in the long text only; of the others, it tells no more but when.
    let long = String(decoding: errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let isTLS = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE
    let line = String(decoding: lastLine, as: UTF8.self).filter { !$0.isNewline }
    return Failure(code: code, text: isTLS && !long.isEmpty ? long : plain, status: status, reply: line)
  }

  func set(_ option: CURLoption, _ value: Int) -> CURLcode { baton_curl_set_long(table, handle, option, value) }
  func set(_ option: CURLoption, _ value: String) -> CURLcode { baton_curl_set_text(table, handle, option, value) }
  func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) -> CURLcode {
    baton_curl_set_pointer(table, handle, option, pointer)
  }

  /// A list that libcurl can walk, as long as the body runs.
  func withList<Output>(
    _ lines: [String], _ body: (UnsafeMutablePointer<curl_slist>?) throws(Failure) -> Output
  ) throws(Failure) -> Output {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { table.pointee.slist_free_all(list) }
    for line in lines {
      guard let longer = table.pointee.slist_append(list, line) else { throw failure(CURLE_OUT_OF_MEMORY) }
      list = longer
    }
    return try body(list)
  }

  /// Lets libcurl take ``upload`` piece by piece.
  func setUpload() -> CURLcode {
    baton_curl_set_read(table, handle, CurlTransfer.giveUpload, Unmanaged.passUnretained(self).toOpaque())
  }

  private func setProtocols(_ schemes: [Scheme]) -> CURLcode {
    let code = set(CURLOPT_PROTOCOLS_STR, schemes.map(\.name).joined(separator: ","))
    guard code == CURLE_UNKNOWN_OPTION else { return code }
    // Before libcurl 7.85: CURLOPT_PROTOCOLS.
    return set(CURLoption(181), schemes.reduce(0) { $0 | $1.bit })
  }

  // MARK: Called by libcurl

  private static func transfer(_ me: UnsafeMutableRawPointer) -> CurlTransfer {
    Unmanaged<CurlTransfer>.fromOpaque(me).takeUnretainedValue()
  }

  private typealias DataCallback =
    @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

  private static let takeAnswer: DataCallback = { bytes, size, count, me in
    guard let bytes, let me else { return 0 }
    let transfer = CurlTransfer.transfer(me)
    let room = max(0, transfer.longestAnswer - transfer.answer.count)
    transfer.answer.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: min(room, size * count)))
    return size * count
  }

  private static let takeLine: DataCallback = { bytes, size, count, me in
    guard let bytes, let me else { return 0 }
    // What a mail server refuses with begins with 4 or 5; it says good-bye behind that.
    guard size * count > 0, bytes[0] == 0x34 || bytes[0] == 0x35 else { return size * count }
    transfer(me).lastLine = Array(UnsafeRawBufferPointer(start: bytes, count: min(512, size * count)))
    return size * count
  }

  private static let giveUpload: DataCallback = { bytes, size, count, me in
    guard let bytes, let me else { return 0 }
    let transfer = CurlTransfer.transfer(me)
    let piece = transfer.upload.prefix(size * count)
    UnsafeMutableRawPointer(bytes).copyMemory(from: Array(piece), byteCount: piece.count)
    transfer.upload = transfer.upload.dropFirst(piece.count)
    return piece.count
  }

  private static let isAbandoned:
    @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32 = {
      me, _, _, _, _ in
      guard let me else { return 0 }
      return transfer(me).abandonment.isDeclared ? 1 : 0
    }
}
