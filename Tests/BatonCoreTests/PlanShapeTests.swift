import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct PlanShapeTests {
  /// Of everything something.
  static func plan() -> Plan {
    var builder = PlanBuilder("release")
    builder.step("build")
    builder.service("db", depends: ["build"]) { service, options in
      service.ports = ["sql", "admin;1"]
      options.description = "where all is kept"
    }
    builder.group("checks", max: 2)
    builder.service("cache", depends: ["db"], in: "checks") { service, _ in service.ports = [] }
    builder.step("lint", depends: ["cache"], in: "checks")
    builder.step("lint;2 %é", depends: ["lint"], in: "checks") { $0.timeout = Span(seconds: 300) }
    builder.group("inner", in: "checks")
    builder.step("types", in: "inner") { $0.timeout = Span(seconds: 300) }
    builder.step("übung", depends: ["build", "lint", "lint;2 %é", "inner"]) {
      $0.description = "says \"more\""
      $0.cache = .on
      $0.resources = ["cpu": 2, "gpu": 0.5]
      $0.mutex = "one"
      $0.priority = -3
      $0.tags = ["ship", "smoke"]
      $0.allowFailure = true
    }
    builder.matrix(
      "cells",
      axes: ["x": .out("build", "list"), "y": .list([.literal(1), .ref(Ref(step: "lint", path: [.index(2)]))])],
      max: 3, depends: ["build"])
    builder.gate(
      "quality",
      require: [
        Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.98)),
        Requirement(metric: "metric.p95", comparison: .atMost, bound: .baseline(factor: 1.1, offset: 2)),
      ], check: Callback(id: 7, digest: "code"),
      approval: ApprovalSpec(by: ["lead"], quorum: 2, timeout: Span(seconds: 60)), otherwise: .branch,
      depends: ["checks", "cells"])
    return builder.plan
  }

  private func start(_ shape: PlanShape?) -> Record {
    var start = RunStarted(
      workflow: "release", file: "/project/release.lua", digest: "d", params: [:],
      observations: Observations(time: Instant(nanoseconds: 1), seed: 1), by: "ann@forge", options: RunOptions())
    start.plan = shape
    return .runStarted(start)
  }

  /// What a database gives back.
  private func stored(_ record: Record) throws -> (record: Record, bytes: [UInt8]) {
    var bytes: [UInt8] = []
    RecordCoding.appendBody(of: record, to: &bytes)
    let back = try bytes.withUnsafeBufferPointer {
      try RecordCoding.record(kind: record.kind.rawValue, step: record.step, attempt: record.attempt, body: $0)
    }
    return (back, bytes)
  }

  private func read(_ record: Record) -> Plan? {
    RecordedPlan([StampedRecord(seq: 1, time: Instant(nanoseconds: 1), record: record)]).plan
  }

  /// Everything of a plan that is kept.
  static func told(_ plan: Plan) -> [String] {
    plan.nodes.map { node in
      let options = node.options.value
      var text = "\(node.name) \(node.file):\(node.line) in \(node.parent ?? -1) behind \(node.dependencies)"
      text += " \(options.description ?? "") \(options.timeout?.text ?? "") \(options.cache != .off)"
      text += " \(options.resources.sorted { $0.key < $1.key }) \(options.mutex ?? "") \(options.priority)"
      text += " \(options.tags) \(options.allowFailure)"
      switch node.kind {
      case .step: return text
      case .group(let group):
        var refs: [String] = []
        for axis in (group.pending?.axes ?? [:]).sorted(by: { $0.key < $1.key }) {
          axis.value.forEachRef { refs.append("\(axis.key)=\($0.text)") }
        }
        return text + " \(group.style) \(group.members) \(group.max ?? 0) \(group.pending == nil) \(refs)"
      case .gate(let gate):
        let approval = gate.approval.map { "\($0.by) \($0.quorum) \($0.timeout?.text ?? "")" } ?? ""
        return text + " \(gate.require) \(gate.check == nil) \(approval) \(gate.otherwise)"
      case .service(let service): return text + " service at \(service.ports)"
      }
    }
  }

  @Test func `what people are shown of a plan comes back from the record of a run's start`() throws {
    let plan = Self.plan()
    let back = try #require(read(try stored(start(PlanShape(plan))).record))
    #expect(Self.told(back) == Self.told(plan))
    #expect(back.workflow.name == "release" && back.workflow.file == "/project/release.lua")
    // Written anew, it is the same: that is how a resumption tells that nothing has changed.
    #expect(PlanShape(back) == PlanShape(plan))
  }

  @Test func `the order of members is kept where it is not that of the nodes`() throws {
    var builder = PlanBuilder("order")
    let order = builder.group("order")
    let (first, third) = (builder.step("first", in: "order"), builder.step("third", in: "order"))
    let second = builder.step("second", in: "order")
    guard case .group(var group) = builder.plan.nodes[order].kind else { return }
    group.style = .sequence
    group.members = [first, second, third]
    builder.plan.nodes[order].kind = .group(group)
    let back = try #require(read(try stored(start(PlanShape(builder.plan))).record))
    #expect(back.nodes[order].group?.members == [first, second, third])
    #expect(back.nodes[order].group?.style == .sequence)
  }

  @Test func `two plans that people see differences of have different shapes, an edit of a command alone has not`() {
    var builder = PlanBuilder("edit")
    builder.step("a")
    builder.step("b", depends: ["a"])
    let before = PlanShape(builder.plan)
    builder.edit("a", run: .shell(.plain("make")))
    #expect(PlanShape(builder.plan) == before)
    builder.edit("b") { $0.timeout = Span(seconds: 1) }
    #expect(PlanShape(builder.plan) != before)
  }

  @Test func `a plan of ten thousand cells takes less than 20 bytes a cell`() throws {
    var builder = PlanBuilder("large")
    builder.step("list")
    builder.group("cells", depends: ["list"])
    for x in 0..<100 { for y in 0..<100 { builder.step("cells[browser=\(x),version=\(y)]", in: "cells") } }
    builder.gate("all", depends: ["cells"])
    let (record, bytes) = try stored(start(PlanShape(builder.plan)))
    #expect(bytes.count < 200_000, "\(bytes.count)")
    #expect(read(record)?.nodes.count == 10_003)
    var one = PlanBuilder("one")
    one.step("a", run: .shell(.plain("true")))
    let (bare, whole) = (try stored(start(nil)).bytes.count, try stored(start(PlanShape(one.plan))).bytes.count)
    #expect(whole - bare < 100, "\(whole - bare)")
  }

  @Test func `dependencies on many nodes in a row are a range`() throws {
    var builder = PlanBuilder("ranges")
    for number in 0..<1000 { builder.step("s\(number)") }
    builder.step("all", depends: (0..<1000).filter { $0 != 500 }.map { "s\($0)" })
    let (record, bytes) = try stored(start(PlanShape(builder.plan)))
    #expect(bytes.count < 15_000, "\(bytes.count)")
    #expect(read(record)?.nodes.last?.dependencies == (0..<1000).filter { $0 != 500 })
  }

  @Test("A damaged shape is none, and stops nobody", arguments: 0..<8)
  func damaged(seed: UInt64) throws {
    let (_, whole) = try stored(start(PlanShape(Self.plan())))
    let begin = try #require(String(decoding: whole, as: UTF8.self).utf8.firstRange(of: Array("\"plan\":".utf8)))
    var random = SplitMix64(seed: seed)
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<random.below(3) + 1 {
        let place = begin + random.below(bytes.count - begin)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(0x20 + random.below(0x5F))
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8(ascii: "0") + UInt8(random.below(10)), at: place)
        }
      }
      let record = try? bytes.withUnsafeBufferPointer {
        try RecordCoding.record(kind: "run.started", step: nil, attempt: nil, body: $0)
      }
      guard let record, let plan = read(record) else { continue }
      // What is read all the same is sound.
      for node in plan.nodes {
        #expect(node.dependencies.allSatisfy(plan.nodes.indices.contains))
        #expect(node.parent.map(plan.nodes.indices.contains) != false)
        #expect(node.group?.members.allSatisfy(plan.nodes.indices.contains) != false)
      }
    }
    #expect(read(start(nil)) == nil)
  }

  @Test("Groups inside of themselves are no plan")
  func circle() throws {
    let (record, bytes) = try stored(start(PlanShape(Self.plan())))
    #expect(read(record) != nil)
    let text = String(decoding: bytes, as: UTF8.self)
    let begin = try #require(text.utf8.firstRange(of: Array("\"nodes\":\"".utf8)))
    let end = try #require(text.utf8.dropFirst(begin + 9).firstIndex(of: UInt8(ascii: "\"")))
    let head = text.utf8.prefix(begin + 9)
    let broken = Array(head) + Array("0:a|k0|p1;0:b|k0|p0".utf8) + Array(text.utf8[end...])
    let circle = try broken.withUnsafeBufferPointer {
      try RecordCoding.record(kind: "run.started", step: nil, attempt: nil, body: $0)
    }
    #expect(read(circle) == nil)
  }
}

extension String.UTF8View {
  /// The offset of the first place where these bytes stand.
  fileprivate func firstRange(of piece: [UInt8]) -> Int? {
    let all = Array(self)
    return all.indices.first { all[$0...].starts(with: piece) }
  }
}
