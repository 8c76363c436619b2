import BatonCore
import BatonModel

/// The words behind `ctx` (stdlib/body.lua), each as a host function.
extension BodyHost {
  /// What a host function works on: the body that called it, and the line where it did.
  struct Asking {
    let host: BodyHost
    let body: Live
    let call: LuaCall
    /// Where the script stands, while the call lasts.
    var place: SourcePlace { call.scriptPlace }
    var line: Int32 { call.line() }
  }

  static func register(_ vm: LuaVM, _ box: Box) throws(LuaFailure) {
    func word(_ name: String, _ act: @escaping (Asking) -> LuaReply) throws(LuaFailure) {
      try vm.register("body_\(name)") { call in
        guard let host = box.host, let body = host.live[call.index(0)] else {
          return .raise("the body has ended already")
        }
        return act(Asking(host: host, body: body, call: call))
      }
    }
    try word("name") { .values([.string($0.body.name)]) }
    try vm.register("body_no_method") { call in
      guard let name = call[0].string else { return .values([.string("ctx has no field that is \(call[0].phrase)")]) }
      let known = call[1].table?.fields.map(\.key) ?? []
      return .values([.string(HostFunctions.unknown("there is no ctx:\(name)", name, among: known))])
    }
    try registerResults(word)
    try registerWaits(word)
    try registerValues(word)
    try registerReports(word)
    try registerSteps(word)
  }

  typealias Word = (String, @escaping (Asking) -> LuaReply) throws(LuaFailure) -> Void

  // MARK: Results

  private static func registerResults(_ word: Word) throws(LuaFailure) {
    try word("result") { asking in
      guard let key = asking.call[1].string, let result = asking.body.world.result(of: key) else {
        return .values([.bool(false)])
      }
      let (isFine, value) = asking.delivered(key, result)
      return .values([.bool(true), .bool(isFine), value])
    }
    try word("results") { asking in
      let keys = asking.call[1].table?.items.compactMap(\.string) ?? []
      let any = if case .bool(true) = asking.call[2] { true } else { false }
      var found: [LuaTable.Field] = []
      for key in keys {
        guard let result = asking.body.world.result(of: key) else { continue }
        let (isFine, value) = asking.delivered(key, result)
        found.append(
          LuaTable.Field(key, .table(LuaTable(fields: [.init("ok", .bool(isFine)), .init("value", value)]))))
      }
      let isReady = any ? !found.isEmpty || keys.isEmpty : found.count == keys.count
      guard isReady else { return .values([.bool(false)]) }
      return .values([.table(LuaTable(fields: found.sorted { $0.key < $1.key }))])
    }
  }

  // MARK: Waits

  private static func registerWaits(_ word: Word) throws(LuaFailure) {
    try word("sleep") { asking in
      guard let span = asking.span(1) else {
        return .raise("ctx:sleep takes a duration such as \"10m\", not \(asking.call[1].shown)")
      }
      return asking.unnamed(.sleep, text: span.short, .timer(after: span))
    }
    try word("sleep_until") { asking in
      guard let moment = asking.moment(1) else {
        return .raise(
          "ctx:sleep_until takes a time: seconds since 1970, or \"2026-01-31T12:00:00Z\", not \(asking.call[1].shown)")
      }
      return asking.unnamed(.sleep, text: "until \(moment.rfc3339)", .timerAt(moment))
    }
    try word("signal") { asking in
      guard let name = asking.call[1].string, Names.isValid(name) else {
        return .raise("ctx:signal takes the name of a signal, not \(asking.call[1].shown)")
      }
      var timeout: Span?
      for field in asking.call[2].table?.fields ?? [] {
        guard field.key == "timeout" else {
          return .raise(
            HostFunctions.unknown("ctx:signal has no field \"\(field.key)\"", field.key, among: ["timeout"]))
        }
        timeout = Self.span(field.value)
        if timeout == nil { return .raise("the timeout of ctx:signal must be a duration, not \(field.value.shown)") }
      }
      let count = asking.body.number("signal \(name)")
      let key = count == 1 ? "signal \(name)" : "signal \(name) \(count)"
      return asking.ask(.signal, key: key, text: name, .signal(name: name, timeout: timeout))
    }
    try word("race") { asking in
      let keys = asking.call[1].table?.items.compactMap(\.string) ?? []
      return asking.unnamed(.race, text: keys.joined(separator: ", "), .race(keys))
    }
    try word("cancel") { asking in
      if let key = asking.call[1].string { asking.body.world.cancel(key) }
      return .none
    }
    try word("map_options") { asking in
      var limit = Int64.max
      var failFast = false
      for field in asking.call[1].table?.fields ?? [] {
        switch field.key {
        case "max":
          guard let count = field.value.integer, count > 0 else {
            return .raise("\"max\" of ctx:map must be an integer from 1 on, not \(field.value.shown)")
          }
          limit = count
        case "fail_fast":
          guard case .bool(let flag) = field.value else {
            return .raise("\"fail_fast\" of ctx:map must be true or false, not \(field.value.phrase)")
          }
          failFast = flag
        default:
          return .raise(
            HostFunctions.unknown(
              "ctx:map has no field \"\(field.key)\"", field.key, among: ["max", "fail_fast"]))
        }
      }
      return .values([.integer(limit), .bool(failFast)])
    }
  }

  // MARK: Values

  private static func registerValues(_ word: Word) throws(LuaFailure) {
    try word("effect") { asking in
      switch asking.call[1] {
      case .null: return asking.unnamed(.effect, text: "", nil)
      case .string(let name) where Names.isValid(name):
        return asking.ask(.effect, key: "effect \(name)", text: "", nil)
      case let other: return .raise("ctx:effect takes a name (A-Z a-z 0-9 _ . -) and a function, not \(other.shown)")
      }
    }
    try word("done") { asking in
      guard let key = asking.call[1].string else { return .none }
      let result: OperationResult
      if case .bool(true) = asking.call[2] {
        // What it did is done: that its result can't be kept is on record like an error of its own.
        result =
          asking.call[3].value.map(OperationResult.value)
          ?? .raised(
            "\(asking.place.text): the function of ctx:effect returned \(asking.call[3].phrase), where plain values are needed"
          )
      } else {
        result = .raised(asking.call[3].string ?? "an error")
      }
      asking.body.world.ask(
        BodyRequest(kind: .effect, key: key, text: "", line: asking.line, content: .done(result)))
      // Whether what will be on record is the very value.
      return switch result {
      case .value(.null), .value(.bool), .value(.integer), .value(.string): .values([.bool(true)])
      case .value, .raised: .none
      }
    }
    try word("now") { asking in
      let seconds = Value.integer(asking.body.world.now.milliseconds / 1000)
      return asking.unnamed(.now, text: "", .done(.value(seconds)), result: .value(seconds))
    }
    try word("random") { asking in
      asking.body.randoms += 1
      let word = StableHash.word(asking.body.name, String(asking.body.randoms), seed: asking.host.seed)
      return .values([.integer(Int64(bitPattern: word))])
    }
    try word("json") { asking in
      do throws(JSON.Failure) {
        return .values([LuaItem(try JSON.decode((asking.call[1].string ?? "").utf8))])
      } catch {
        return .raise("the output is no JSON: \(error.message) at byte \(error.offset)")
      }
    }
    try word("value") { asking in
      let reader = asking.reader("ctx:value")
      guard let expr = reader.expr(asking.call[1], [.name("value")]), reader.definition.mistakes.errors == 0 else {
        return .raise("ctx:value takes a ref such as build.out.version, not \(asking.call[1].phrase)")
      }
      switch asking.body.world.value(of: expr) {
      case .success(let value): return .values([LuaItem(value)])
      case .failure(let mistake): return .raise(mistake.message)
      }
    }
  }

  // MARK: Reports

  private static func registerReports(_ word: Word) throws(LuaFailure) {
    try word("output") { asking in
      guard let name = asking.call[1].string, Names.isValid(name) else {
        return .raise("ctx:output takes a name and a value, not \(asking.call[1].phrase)")
      }
      guard let value = asking.call[2].value else {
        return .raise("ctx:output can't emit \(asking.call[2].phrase): plain values are needed")
      }
      asking.body.outputs[name] = value
      return .none
    }
    try word("metric") { asking in
      guard let name = asking.call[1].string, let value = asking.call[2].double, !value.isNaN else {
        return .raise("ctx:metric takes a name and a number")
      }
      asking.body.world.report(.metric(name: name, value: value))
      return .none
    }
    try word("progress") { asking in
      let fraction = asking.call[1].double
      if fraction.map(\.isNaN) ?? (asking.call[1] != .null) {
        let got = fraction == nil ? asking.call[1].phrase : "nan: is what it is divided by 0?"
        return .raise("ctx:progress takes a number from 0 to 1 and a text, not \(got)")
      }
      asking.body.world.report(
        .progress(fraction: fraction.map { min(max($0, 0), 1) }, text: asking.call[2].value?.text))
      return .none
    }
    try word("log") { asking in
      asking.body.world.report(.log(asking.call[1].string ?? ""))
      return .none
    }
    try word("artifact") { asking in
      guard let path = asking.call[1].string, !path.isEmpty else {
        return .raise("ctx:artifact takes a path or a glob, not \(asking.call[1].phrase)")
      }
      asking.body.world.report(.artifact(path))
      return .none
    }
  }
}

extension BodyHost {
  /// `"10m"` or a number of seconds.
  static func span(_ item: LuaItem) -> Span? {
    if let text = item.string { return Span(text) }
    return item.double.flatMap { Span(fractionalSeconds: $0) }
  }
}

extension BodyHost.Asking {
  func span(_ position: Int) -> Span? { BodyHost.span(call[position]) }

  func moment(_ position: Int) -> Instant? {
    if let text = call[position].string { return Instant(rfc3339: text) }
    guard let seconds = call[position].double, seconds >= 0, seconds < 9e9 else { return nil }
    return Instant(nanoseconds: Int64(seconds * 1e9))
  }

  /// Asks for an operation that has no name.
  func unnamed(
    _ kind: OperationKind, text: String, _ content: BodyRequest.Content?, result: OperationResult? = nil
  ) -> LuaReply {
    ask(kind, key: "\(kind.rawValue) \(body.number(kind.rawValue))", text: text, content, result: result)
  }

  /// Answers key (nil where nobody needs it any more), whether there is a result, and the result.
  ///
  /// - Parameters:
  ///   - content: nil where it is asked for by another word, later.
  ///   - result: what is known at once: the body may use it, because every effect comes behind its record.
  func ask(
    _ kind: OperationKind, key: String, text: String, _ content: BodyRequest.Content?, result: OperationResult? = nil
  ) -> LuaReply {
    body.failures = []
    switch body.world.look(up: kind, key: key, text: text, line: line) {
    case .diverges(let message): return .fail(message)
    case .done(let known): return ready(key, known)
    case .pending:
      if let content {
        body.world.ask(BodyRequest(kind: kind, key: key, text: text, line: line, content: content))
      }
      guard let result else { return .values([.string(key), .bool(false)]) }
      return ready(key, result)
    }
  }

  /// The answer where there is a result.
  func ready(_ key: String, _ result: OperationResult) -> LuaReply {
    let (isFine, value) = delivered(key, result)
    return .values([.null, .bool(true), .bool(isFine), value])
  }

  /// Whether the operation succeeded, and its value or what is to be raised.
  func delivered(_ key: String, _ result: OperationResult) -> (isFine: Bool, value: LuaItem) {
    switch result {
    case .raised(let message):
      failed(key, message)
      return (false, .string(message))
    case .value(let value):
      guard case .map = value, key.hasPrefix("step "), let status = value["status"]?.string.flatMap(StepStatus.init)
      else { return (true, LuaItem(value)) }
      let isFine = status.isSuccess || status == .skipped || value["allowed"] == true
      if isFine { return (true, LuaItem(value)) }
      var fields = value.map ?? [:]
      let name = fields["step"]?.string ?? key
      let how = status == .cancelled ? "was cancelled" : "failed"
      let message = "\(name) \(how)" + (fields["reason"]?.string.map { ": \($0)" } ?? "")
      failed(key, message)
      fields["message"] = .string("\(place.text): \(message)")
      if status == .cancelled { fields["cancelled"] = true }
      return (false, LuaItem(.map(fields)))
    }
  }

  private func failed(_ key: String, _ message: String) {
    if !body.failures.contains(key) { body.failures.append(key) }
    if !body.raised.contains(where: { $0.key == key }) { body.raised.append((key, message)) }
  }

  func reader(_ name: String) -> FieldReader {
    host.definition.mistakes = Mistakes(sources: host.definition.sources)
    return FieldReader(
      definition: host.definition, subject: Subject(kind: "step", name: name, place: place))
  }
}
