import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonSQLite
import BatonTestKit
import Glibc
import Testing

/// Which files tests touch, over several runs.
@Suite struct TraceTests {
  private func add(
    _ project: TemporaryProject, _ store: SQLiteStore, _ id: String, step: String, _ traces: [FileTrace],
    commit: String,
    isDirty: Bool = false
  ) throws {
    let folder = "\(project.baton)/runs/\(id)"
    for path in ["\(project.baton)/runs", folder, "\(folder)/results"] { mkdir(path, 0o777) }
    let file = RunFolder.results(step: step, attempt: 1)
    let collector = ResultCollector(path: "\(folder)/\(file)")
    for trace in traces { try collector.add(.trace(trace)) }
    let summary = try collector.finish(file: file)
    let journal = try store.create(run: id, workflow: "w", file: "/p/w.lua", at: StoreCheck.moment(1))
    var start = RunStarted(
      workflow: "w", file: "/p/w.lua", digest: "d", params: [:],
      observations: Observations(time: StoreCheck.moment(1), seed: 7), by: "a@b", options: RunOptions())
    start.code = CodeState(commit: commit, branch: "main", isDirty: isDirty)
    try journal.appendNow(
      StoreCheck.stamped(
        [
          .runStarted(start), .measured(Measured(step: step, attempt: 1, summary: summary, sources: "s")),
          .runEnded(.succeeded, reason: nil),
        ], at: 1))
    journal.close()
  }

  @Test func `the newest record of each test counts, whichever shard it was in`() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try add(
      project, store, "r1", step: "unit[shard=1of2]",
      [
        FileTrace(file: "/w/a.py", tests: ["t::one", "t::two"], loading: [1...2]),
        FileTrace(file: "/w/b.py", tests: ["t::one"], loading: []),
      ], commit: "c1")
    try add(
      project, store, "r2", step: "unit[shard=2of2]", [FileTrace(file: "/w/a.py", tests: ["t::two"], loading: [1...1])],
      commit: "c2")
    try add(
      project, store, "r3", step: "other", [FileTrace(file: "/w/z.py", tests: ["t::two"], loading: [])], commit: "c3")
    try add(
      project, store, "r4", step: "unit",
      [FileTrace(file: "/w/c.py", tests: ["t::dirty", "t::one"], loading: [4...4])],
      commit: "c4", isDirty: true)
    let traces = try store.traces(workflow: "w", step: "unit")
    #expect(
      traces.tests == [
        "t::one": .init(files: ["/w/a.py", "/w/b.py"], commit: "c1"), "t::two": .init(files: ["/w/a.py"], commit: "c2"),
      ])
    #expect(
      traces.loading == [
        "/w/a.py": .init(lines: [1...1], commit: "c2"), "/w/b.py": .init(lines: [], commit: "c1"),
      ])
    #expect(try store.traces(workflow: "else", step: "unit").tests.isEmpty)
  }

  @Test func `functions that several tests, shards and files tell are put together`() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try add(
      project, store, "r1", step: "unit",
      [
        FileTrace(file: "/w/a.c", tests: ["one"], functions: [5...9, 1...3]),
        FileTrace(file: "/w/a.c", tests: ["two"]), FileTrace(file: "/w/b.c", functions: []),
        FileTrace(file: "/w/a.c", tests: ["three", "one"], functions: [1...3, 6...8]),
      ], commit: "c1")
    let traces = try store.traces(workflow: "w", step: "unit")
    #expect(traces.tests.mapValues(\.files) == ["one": ["/w/a.c"], "two": ["/w/a.c"], "three": ["/w/a.c"]])
    #expect(
      traces.loading == [
        "/w/a.c": .init(lines: [], functions: [1...3, 5...9, 6...8], commit: "c1"),
        "/w/b.c": .init(lines: [], functions: [], commit: "c1"),
      ])
  }
}
