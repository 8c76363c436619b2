import BatonModel
import Testing

@testable import BatonCore

/// What a body asked for, however much it is: found by key, kept in order.
@Suite struct BodyOperationsTests {
  private func operations(_ count: Int) -> BodyOperations {
    var operations = BodyOperations()
    for number in 0..<count {
      operations.append(Operation(kind: .effect, key: "effect \(number)", text: "", line: Int32(number)))
    }
    return operations
  }

  @Test("Every operation is found where it was asked for, few or many", arguments: [0, 1, 8, 9, 10, 1000])
  func find(count: Int) {
    let operations = operations(count)
    #expect(operations.count == count)
    #expect(operations.keys == (0..<count).map { "effect \($0)" })
    for number in 0..<count {
      #expect(operations.position(of: "effect \(number)") == number)
      #expect(operations["effect \(number)"]?.operation.line == Int32(number))
    }
    #expect(operations.position(of: "effect \(count)") == nil)
    #expect(Array(operations).map(\.key) == operations.keys)
  }

  @Test("What is forgotten is found no more, and may be asked for again", arguments: [5, 9, 12, 300])
  func truncate(count: Int) {
    var operations = operations(count)
    operations.truncate(to: 3)
    #expect(operations.keys == ["effect 0", "effect 1", "effect 2"])
    #expect(operations.position(of: "effect 3") == nil)
    #expect(operations.position(of: "effect \(count - 1)") == nil)
    operations.append(Operation(kind: .effect, key: "effect \(count - 1)", text: "again", line: 1))
    #expect(operations.position(of: "effect \(count - 1)") == 3)
    #expect(operations["effect \(count - 1)"]?.operation.text == "again")
  }

  @Test("Of forgotten operations those in front of others keep their place, without a result")
  func forget() {
    var facts = BodyFacts()
    for number in 0..<20 {
      facts.add(
        Operation(kind: .effect, key: "effect \(number)", text: "", line: 1, result: .value(.integer(Int64(number)))))
    }
    facts.forget(["effect 4", "effect 18", "effect 19", "effect 77"])
    #expect(facts.operations.count == 18)
    #expect(facts.operations.position(of: "effect 4") == 4)
    #expect(facts.operations["effect 4"]?.operation.result == nil)
    #expect(facts.operations["effect 3"]?.isLoose == false)
    #expect(facts.operations["effect 5"]?.operation.result == .value(.integer(5)))
    #expect(facts.operations["effect 5"]?.isLoose == true, "what was asked for behind it may not be asked for again")
    #expect(facts.keys(from: "effect 16") == ["effect 16", "effect 17"])
    facts.forget(facts.operations.keys)
    #expect(facts.operations.isEmpty)
  }

  @Test("A set of keys is one, few or many", arguments: [0, 1, 8, 9, 200])
  func keySet(count: Int) {
    let keys = (0..<count).map { "key \($0)" }
    var set = KeySet(keys)
    var again: [String] = []
    for key in keys where set.insert(key) { again.append(key) }
    #expect(again.isEmpty)
    #expect(keys.allSatisfy { set.contains($0) })
    #expect(set.count == count)
    #expect(set.members.sorted() == keys.sorted())
    let changes = [set.insert("another"), set.insert("another"), set.remove("another"), set.remove("another")]
    #expect(changes == [true, false, true, false])
    set.subtract(keys)
    #expect(set.isEmpty)
    set.insert("key 0")
    #expect(set.members == ["key 0"])
    set.removeAll()
    #expect(set.isEmpty)
  }

  // MARK: Matching

  private func matching(_ facts: BodyFacts, _ policy: StepOptions.OnDivergence = .fail) -> BodyMatching {
    BodyMatching(body: "b", file: "f.lua", facts: facts, policy: policy, hasChildResult: { _ in false })
  }

  private func look(_ matching: inout BodyMatching, _ key: String, _ facts: BodyFacts?, text: String = "") -> String {
    switch matching.look(up: .effect, key: key, text: text, line: 1, in: facts, childResult: { _ in nil }) {
    case .done(.value(let value)): "done \(value.text)"
    case .done(.raised(let message)): "raised \(message)"
    case .pending: "pending"
    case .diverges(let message): message.contains("asked for twice") ? "twice" : "diverges"
    case .forgets(let keys, _): "forgets \(keys.joined(separator: ","))"
    }
  }

  private func request(_ key: String) -> BodyRequest {
    BodyRequest(kind: .effect, key: key, text: "", line: 1, content: .done(.value(1)))
  }

  private func recorded(_ count: Int) -> BodyFacts {
    var facts = BodyFacts()
    for number in 0..<count {
      facts.add(Operation(kind: .effect, key: "e\(number)", text: "", line: 1, result: .value(.integer(Int64(number)))))
    }
    return facts
  }

  @Test("An operation has one place in a body: on record, new, or new and recorded since")
  func twice() {
    var facts = recorded(2)
    var matching = matching(facts)
    #expect(matching.isReplaying)
    #expect(look(&matching, "e1", facts) == "done 1")
    #expect(look(&matching, "e1", facts) == "twice")
    #expect(look(&matching, "e0", facts) == "done 0")
    #expect(!matching.isReplaying)
    #expect(look(&matching, "new", facts) == "pending")
    #expect(look(&matching, "new", facts) == "twice")
    facts.add(Operation(kind: .effect, key: "new", text: "", line: 1, result: .value(7)))
    matching.noteRecorded([request("new")])
    #expect(look(&matching, "new", facts) == "twice")
    #expect(look(&matching, "e0", facts) == "twice")
    #expect(look(&matching, "newer", facts) == "pending")
  }

  @Test("A body that takes another way forgets what it has not asked for, and asks for each once from then on")
  func rerun() {
    var facts = recorded(4)
    var matching = matching(facts, .rerun)
    #expect(look(&matching, "e0", facts) == "done 0")
    #expect(look(&matching, "other", facts) == "forgets e1,e2,e3")
    facts.forget(["e1", "e2", "e3"])
    facts.add(Operation(kind: .effect, key: "other", text: "", line: 1, result: .value(1)))
    matching.noteRecorded([request("other")])
    #expect(look(&matching, "e0", facts) == "twice")
    #expect(look(&matching, "other", facts) == "twice")
    #expect(look(&matching, "e1", facts) == "pending")
    facts.add(Operation(kind: .effect, key: "e1", text: "", line: 1, result: .value(1)))
    #expect(look(&matching, "e1", facts) == "twice")
    #expect(look(&matching, "e2", facts) == "pending")
  }

  @Test("A body that asks for something else, or ends too early, is told the first operation that it left out")
  func divergence() {
    let facts = recorded(3)
    var matching = matching(facts)
    #expect(look(&matching, "e0", facts) == "done 0")
    #expect(look(&matching, "other", facts) == "diverges")
    let message = matching.unaskedAtEnd(in: facts, childResult: { _ in nil })
    #expect(message?.contains("recorded: e1") == true)
    #expect(look(&matching, "e2", facts, text: "another text") == "diverges")
  }
}
