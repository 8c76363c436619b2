import BatonCore
import BatonModel
import BatonRuntime

/// Which files tests touch.
extension SQLiteStore {
  public func traces(workflow: String, step: String) throws(BatonError) -> TestTraces {
    try database.query { (connection) throws(DatabaseError) in
      var traces = TestTraces()
      try connection.statement(
        """
        SELECT t.test, f.file, "commit", dirty FROM traced_tests t JOIN runs ON runs.key = t.run
        JOIN traces ON traces.test = t.key JOIN traced_files f ON f.key = traces.file
        WHERE t.workflow = ?1 AND t.step = ?2
        """
      ).bind(1, workflow).bind(2, step).each { row in
        let name = row.text(0)
        if traces.tests[name] == nil { traces.tests[name] = TestTraces.Test(files: [], commit: Self.commit(row, 2)) }
        traces.tests[name]?.files.insert(row.text(1))
      }
      try connection.statement(
        """
        SELECT l.file, l.lines, "commit", dirty FROM traced_loading l JOIN runs ON runs.key = l.run
        WHERE l.workflow = ?1 AND l.step = ?2
        """
      ).bind(1, workflow).bind(2, step).each { row in
        let lines = TracedLines(row.text(1))
        traces.loading[row.text(0)] = TestTraces.Loading(
          lines: lines.loading, functions: lines.functions, commit: Self.commit(row, 2))
      }
      return traces
    }
  }

  /// Of code without changes of its own: what else was there is not known.
  private static func commit(_ row: Statement, _ column: Int32) -> String? {
    row.optionalInteger(column + 1) == 0 ? row.optionalText(column) : nil
  }
}

/// Writes which files the tests of one attempt touched, in place of what was known of them.
struct TraceWriter {
  private let connection: Connection
  private let run: Int64
  private let workflow: String
  private let step: String
  private var files: [FileTrace] = []
  private var places: [String: Int] = [:]
  /// Tests whose files are to be written, the last first, with the places of these files; nil: nothing was written yet.
  private var left: [(test: String, files: [Int])]?
  private var loadingsLeft = 0

  init(_ connection: Connection, run: Int64, workflow: String, step: String) {
    self.connection = connection
    self.run = run
    self.workflow = workflow
    self.step = TestIdentity.withoutShards(step)
  }

  mutating func add(_ trace: FileTrace) {
    if let place = places[trace.file] {
      files[place].tests += trace.tests
      files[place].loading += trace.loading
      if let more = trace.functions { files[place].functions = (files[place].functions ?? []) + more }
    } else {
      places[trace.file] = files.count
      files.append(trace)
    }
  }

  /// Writes so many rows or some more: a test's files, and a file's lines, are never written in part.
  ///
  /// - Returns: whether there are more.
  mutating func write(_ limit: Int) throws(DatabaseError) -> Bool {
    var rows = 0
    if left == nil {
      var tests: [String: [Int]] = [:]
      for (place, trace) in files.enumerated() {
        for test in Set(trace.tests) { tests[test, default: []].append(place) }
      }
      left = tests.map { ($0.key, $0.value) }
      loadingsLeft = files.count
    }
    while rows < limit, let (test, places) = left?.popLast() {
      try write(test, places)
      rows += 2 + 2 * places.count
    }
    while rows < limit, loadingsLeft > 0 {
      loadingsLeft -= 1
      try writeLoading(files[loadingsLeft])
      rows += 1
    }
    return loadingsLeft > 0 || left?.isEmpty == false
  }

  private func write(_ test: String, _ places: [Int]) throws(DatabaseError) {
    let key = Int64(bitPattern: StableHash.word(workflow, step, test))
    try connection.statement("DELETE FROM traces WHERE test = ?").bind(1, key).run()
    try connection.statement(
      "INSERT OR REPLACE INTO traced_tests (key, workflow, step, test, run) VALUES (?, ?, ?, ?, ?)"
    ).bind(1, key).bind(2, workflow).bind(3, step).bind(4, test).bind(5, run).run()
    for place in places {
      let name = files[place].file
      let file = Int64(bitPattern: StableHash.word(name))
      try connection.statement("INSERT OR IGNORE INTO traced_files (key, file) VALUES (?, ?)")
        .bind(1, file).bind(2, name).run()
      try connection.statement("INSERT OR IGNORE INTO traces (test, file) VALUES (?, ?)")
        .bind(1, key).bind(2, file).run()
    }
  }

  /// Of one run, what its shards tell is put together.
  private func writeLoading(_ trace: FileTrace) throws(DatabaseError) {
    var lines = TracedLines(trace)
    let known = try connection.statement(
      "SELECT lines FROM traced_loading WHERE workflow = ? AND step = ? AND file = ? AND run = ?"
    ).bind(1, workflow).bind(2, step).bind(3, trace.file).bind(4, run).first { $0.text(0) }
    if let known { lines.add(TracedLines(known)) }
    try connection.statement(
      "INSERT OR REPLACE INTO traced_loading (workflow, step, file, run, lines) VALUES (?, ?, ?, ?, ?)"
    ).bind(1, workflow).bind(2, step).bind(3, trace.file).bind(4, run)
      .bind(5, lines.text).run()
  }
}

/// What of a file concerns more than some tests, as a column of the database keeps it: the first and last line of each range that
/// is loaded, as a list, or `{"functions":[…],"loading":[…]}`.
struct TracedLines {
  private(set) var loading: [ClosedRange<Int>]
  private(set) var functions: [ClosedRange<Int>]?

  init(_ trace: FileTrace) {
    loading = Self.merged(trace.loading)
    functions = trace.functions.map(Self.sorted)
  }

  init(_ text: String) {
    let value = (try? JSON.decode(text)) ?? .null
    loading = Self.ranges(value.list == nil ? value["loading"] : value)
    functions = value["functions"].map { Self.ranges($0) }
  }

  mutating func add(_ more: TracedLines) {
    loading = Self.merged(loading + more.loading)
    if let other = more.functions { functions = Self.sorted((functions ?? []) + other) }
  }

  var text: String {
    let lines = Self.value(loading)
    return JSON.encode(functions.map { ["functions": Self.value($0), "loading": lines] } ?? lines)
  }

  private static func value(_ ranges: [ClosedRange<Int>]) -> Value {
    .list(FileTrace.numbers(ranges).map { .integer(Int64($0)) })
  }

  private static func ranges(_ value: Value?) -> [ClosedRange<Int>] {
    FileTrace.ranges(ofNumbers: value?.list?.compactMap { $0.integer.map(Int.init) } ?? [])
  }

  private static func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
    FileTrace.ranges(Set(ranges.flatMap { Array($0) }).sorted())
  }

  private static func sorted(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
    Set(ranges).sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
  }
}
