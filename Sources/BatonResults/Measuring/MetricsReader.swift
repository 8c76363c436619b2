import BatonModel

/// Reads numbers out of any JSON: nested ones under names with dots (`{"http": {"p95": 12}}` → `http.p95`), lists of numbers as
/// samples, `{"name": "p95", "value": 12, "unit": "ms"}` under that name. Several texts may follow each other, one a line or not.
struct MetricsReader: ~Copyable {
  static let nameLimit = 1000

  /// An object or a list that is open.
  private struct Frame {
    var isObject: Bool
    /// How long the name of what is around it is.
    var nameStart: Int
    var index = 0
    /// Numbers of a list that has had nothing else.
    var samples: [Double] = []
    var isSamples = true
    /// Of an object: what `name` (or `metric`), `value` and `unit` say.
    var name: String?
    var value: Double?
    var unit: String?
  }

  private var json: JSONPull
  private let sink: ResultSink
  private var frames: [Frame] = []
  private var path = ""
  private var hasAny = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    json = JSONPull(input)
    self.sink = sink
  }

  mutating func run() {
    while sink.wantsMore {
      let token = json.next()
      switch token {
      case .finished:
        if !hasAny { sink.problem("no numbers in it") }
        return
      case .malformed: return sink.problem(json.failure, line: json.input.line)
      case .beginObject, .beginArray: begin(isObject: token == .beginObject)
      case .endObject, .endArray: end()
      case .key: enter(json.string)
      case .number(let number): take(number)
      case .string:
        takeString()
        leave()
      case .bool, .null: leave()
      }
    }
  }

  /// Goes on with a value of this name inside of what is open.
  private mutating func enter(_ name: String) {
    guard let frame = frames.last else { return }
    path.removeSubrange(path.utf8.index(path.startIndex, offsetBy: frame.nameStart)...)
    guard path.utf8.count < Self.nameLimit else { return }
    if !path.isEmpty { path += "." }
    path += name.prefix(200)
  }

  private mutating func leave() {
    if let last = frames.indices.last, !frames[last].isObject {
      frames[last].isSamples = false
      frames[last].index += 1
    }
  }

  private var key: Substring {
    guard let frame = frames.last else { return "" }
    let rest = path.utf8.dropFirst(frame.nameStart)
    return Substring(rest.first == UInt8(ascii: ".") ? rest.dropFirst() : rest)
  }

  private mutating func begin(isObject: Bool) {
    if let last = frames.indices.last, !frames[last].isObject {
      flushSamples(last)
      enter(String(frames[last].index))
    }
    frames.append(Frame(isObject: isObject, nameStart: path.utf8.count))
  }

  private mutating func end() {
    guard let frame = frames.popLast() else { return }
    path.removeSubrange(path.utf8.index(path.startIndex, offsetBy: min(frame.nameStart, path.utf8.count))...)
    if frame.isObject {
      finishObject(frame)
    } else if frame.isSamples, !frame.samples.isEmpty {
      finishSamples(frame)
    }
    leave()
  }

  private mutating func finishObject(_ frame: Frame) {
    guard let value = frame.value else { return }
    if let name = frame.name {
      add(name, value, frame.unit)
    } else {
      add(path.isEmpty ? "value" : path + ".value", value, nil)
    }
  }

  private mutating func finishSamples(_ frame: Frame) {
    guard let median = Samples.median(frame.samples) else { return }
    hasAny = true
    sink.add(Measurement(name: path.isEmpty ? "value" : path, value: median, samples: frame.samples))
  }

  /// The list has other things than numbers: its numbers are measurements of their own.
  private mutating func flushSamples(_ last: Int) {
    guard frames[last].isSamples else { return }
    frames[last].isSamples = false
    for (index, sample) in frames[last].samples.enumerated() {
      enter(String(index))
      add(path, sample, nil)
    }
    frames[last].samples = []
  }

  private mutating func take(_ number: Double) {
    guard let last = frames.indices.last else { return add("value", number, nil) }
    if frames[last].isObject {
      if key == "value" { frames[last].value = number } else { add(path, number, nil) }
      return
    }
    if !number.isFinite {
      sink.problem("\(path.isEmpty ? "a number" : path) is not finite", line: json.input.line)
    } else if frames[last].isSamples {
      if frames[last].samples.count < Samples.limit { frames[last].samples.append(number) }
    } else {
      enter(String(frames[last].index))
      add(path, number, nil)
    }
    frames[last].index += 1
  }

  private mutating func takeString() {
    guard let last = frames.indices.last else { return }
    guard frames[last].isObject else { return flushSamples(last) }
    switch key {
    case "name", "metric": if frames[last].name == nil { frames[last].name = String(json.string.prefix(200)) }
    case "unit": frames[last].unit = String(json.string.prefix(40))
    default: break
    }
  }

  private mutating func add(_ name: String, _ value: Double, _ unit: String?) {
    guard value.isFinite else { return sink.problem("\(name) is not finite", line: json.input.line) }
    hasAny = true
    sink.add(Measurement(name: name.isEmpty ? "value" : name, value: value, unit: unit))
  }
}
