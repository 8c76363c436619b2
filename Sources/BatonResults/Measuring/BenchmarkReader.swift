import BatonModel

/// Reads the JSON of Google Benchmark (`--benchmark_format=json`), pytest-benchmark (`--benchmark-json`), hyperfine
/// (`--export-json`) and JMH (`-rf json`), by what stands in it. The value is the median.
///
/// Google Benchmark: the real time under the benchmark's name; CPU time and counters under `name.cpu_time` and so on.
struct BenchmarkReader: ~Copyable {
  private static let budget = 200_000
  static let nameLimit = 50_000

  private var json: JSONPull
  private let sink: ResultSink
  private var google: [String: Measurement] = [:]
  /// In the order of the file.
  private var names: [String] = []
  private var hasAny = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    json = JSONPull(input)
    self.sink = sink
  }

  mutating func run() {
    let isRead = readTop()
    finishGoogle()
    if !isRead, sink.wantsMore {
      sink.problem(json.failure.isEmpty ? "no results of benchmarks" : json.failure, line: json.input.line)
    } else if !hasAny {
      sink.problem("no results of benchmarks in it")
    }
  }

  private mutating func readTop() -> Bool {
    switch json.next() {
    case .beginArray: return readElements()
    case .beginObject: break
    default: return false
    }
    while sink.wantsMore {
      switch json.next() {
      case .endObject: return true
      case .key:
        let isList = json.isText("benchmarks") || json.isText("results")
        let token = json.next()
        if isList, token == .beginArray {
          if !readElements() { return false }
        } else if !json.skip(token) {
          return false
        }
      default: return false
      }
    }
    return false
  }

  private mutating func readElements() -> Bool {
    while sink.wantsMore {
      let token = json.next()
      switch token {
      case .endArray: return true
      case .beginObject:
        var budget = Self.budget
        guard let element = json.value(token, budget: &budget) else { return false }
        if budget <= 0 { sink.problem("a benchmark of more than \(Self.budget) values is cut", line: json.input.line) }
        take(element)
      case .malformed, .finished: return false
      default: if !json.skip(token) { return false }
      }
    }
    return false
  }

  private mutating func take(_ element: Value) {
    if element["stats"]?.map != nil {
      takePytest(element)
    } else if element["real_time"] != nil || element["error_occurred"]?.bool == true || element["run_type"] != nil {
      takeGoogle(element)
    } else if element["command"]?.string != nil {
      takeHyperfine(element)
    } else if element["primaryMetric"]?.map != nil {
      takeJMH(element)
    } else {
      sink.problem("no benchmark that is known", line: json.input.line)
    }
  }

  private mutating func add(_ name: String?, _ value: Double?, _ unit: String?, _ samples: [Double]) {
    let kept = Array(samples.lazy.filter(\.isFinite).prefix(Samples.limit))
    guard let name, !name.isEmpty, let value = value ?? Samples.median(kept), value.isFinite else {
      return sink.problem("a benchmark without a name or a number", line: json.input.line)
    }
    hasAny = true
    sink.add(Measurement(name: name, value: value, unit: unit, samples: kept))
  }

  private func numbers(_ value: Value?) -> [Double] { value?.list?.compactMap(\.number) ?? [] }

  private mutating func takePytest(_ element: Value) {
    let stats = element["stats"]
    add(
      element["fullname"]?.string ?? element["name"]?.string, stats?["median"]?.number ?? stats?["mean"]?.number, "s",
      numbers(stats?["data"]))
  }

  private mutating func takeHyperfine(_ element: Value) {
    var name = element["command"]?.string
    if let parameters = element["parameters"]?.map, !parameters.isEmpty {
      let text = parameters.keys.sorted().map { "\($0)=\(parameters[$0]?.text ?? "")" }.joined(separator: ",")
      name = name.map { "\($0)[\(text)]" }
    }
    add(name, element["median"]?.number ?? element["mean"]?.number, "s", numbers(element["times"]))
  }

  private mutating func takeJMH(_ element: Value) {
    let metric = element["primaryMetric"]
    add(
      element["benchmark"]?.string, metric?["score"]?.number, metric?["scoreUnit"]?.string,
      metric?["rawData"]?.list?.flatMap { numbers($0) } ?? [])
  }

  // MARK: Google Benchmark

  private static let described: Set<String> = [
    "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
    "real_time",
  ]

  private mutating func takeGoogle(_ element: Value) {
    guard let name = element["run_name"]?.string ?? element["name"]?.string, !name.isEmpty else {
      return sink.problem("a benchmark without a name", line: json.input.line)
    }
    if element["error_occurred"]?.bool == true {
      hasAny = true
      return sink.problem("benchmark \(name): \(element["error_message"]?.string ?? "failed")", line: json.input.line)
    }
    // Of aggregates only the median tells what the repetitions would, where they are not reported.
    let isAggregate = element["run_type"]?.string == "aggregate"
    if isAggregate, element["aggregate_name"]?.string != "median" || google[name] != nil { return }
    let unit = element["time_unit"]?.string ?? "ns"
    if let time = element["real_time"]?.number { sample(name, time, unit) }
    for (key, value) in (element.map ?? [:]).sorted(by: { $0.key < $1.key }) where !Self.described.contains(key) {
      if let number = value.number { sample("\(name).\(key)", number, key == "cpu_time" ? unit : nil) }
    }
  }

  /// Repetitions of a benchmark are samples of one measurement.
  private mutating func sample(_ name: String, _ value: Double, _ unit: String?) {
    guard value.isFinite else { return sink.problem("\(name) is not finite", line: json.input.line) }
    guard google.count < Self.nameLimit || google[name] != nil else {
      return sink.problem("more than \(Self.nameLimit) benchmarks: \(name) is left out", line: json.input.line)
    }
    hasAny = true
    if google[name] == nil { names.append(name) }
    if google[name, default: Measurement(name: name, value: value, unit: unit)].samples.count < Samples.limit {
      google[name, default: Measurement(name: name, value: value, unit: unit)].samples.append(value)
    }
  }

  private mutating func finishGoogle() {
    for name in names {
      guard var measurement = google[name], let median = Samples.median(measurement.samples) else { continue }
      measurement.value = median
      if measurement.samples.count == 1 { measurement.samples = [] }
      sink.add(measurement)
    }
  }
}
