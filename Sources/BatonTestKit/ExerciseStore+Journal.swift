import BatonCore
import BatonModel
import BatonRuntime

/// Appending, and who may.
extension StoreCheck {
  static let journal = [
    StoreCheck(description: "What was answered as committed is read back as it was") { store in
      let journal = try create(store)
      let mailbox = CollectingMailbox()
      var random = RandomRecords(seed: 1)
      let records = random.stamped(200)
      journal.append(records, mailbox: mailbox)
      try mailbox.waitForCommit(through: 200)
      let found = try store.records(of: "r1", after: 0)
      try expectEqual(found.count, 200, "the number of records")
      for (one, other) in zip(found, records) { try expectEqual(one, other, "record \(other.seq)") }
      try expectEqual(try store.records(of: "r1", after: 150).map(\.seq), Array(151...200), "what follows record 150")
      try expectEqual(try store.records(of: "r1", after: 200), [], "what follows the last record")
      try expectEqual(try store.records(of: "nobody", after: 0), [], "what an unknown run has")
    },
    StoreCheck(description: "Batches given without waiting are committed in their order") { store in
      let journal = try create(store)
      let mailbox = CollectingMailbox()
      for batch in 0..<50 { journal.append(progress(3, after: Int64(batch * 3)), mailbox: mailbox) }
      let answers = try mailbox.waitForCommit(through: 150)
      try expectEqual(answers, answers.sorted(), "the order of the answers")
      try expect(answers.allSatisfy { $0 % 3 == 0 }, "a batch was split: answers \(answers)")
      try expectEqual(try store.records(of: "r1", after: 0).map(\.seq), Array(1...150), "the records")
    },
    StoreCheck(description: "appendNow commits what was given before it too") { store in
      let journal = try create(store)
      let mailbox = CollectingMailbox()
      for batch in 0..<5 { journal.append(progress(2, after: Int64(batch * 2)), mailbox: mailbox) }
      try journal.appendNow(progress(2, after: 10))
      try expectEqual(try store.records(of: "r1", after: 0).count, 12, "the number of records")
      try mailbox.waitForCommit(through: 10)
    },
    StoreCheck(description: "An empty batch is answered and changes nothing") { store in
      let journal = try create(store)
      try journal.appendNow([])
      try journal.appendNow(progress(2))
      let mailbox = CollectingMailbox()
      journal.append([], mailbox: mailbox)
      try expectEqual(try mailbox.waitForCommit(through: 2), [2], "the answer")
      try expectEqual(try store.records(of: "r1", after: 0).count, 2, "the number of records")
    },
    StoreCheck(description: "Records with a gap or twice are refused, and those that belong there accepted after it") {
      store in
      let journal = try create(store)
      try journal.appendNow(progress(2))
      try expectError(.failure, "a gap") { try journal.appendNow(progress(1, after: 3)) }
      try expectError(.failure, "a repetition") { try journal.appendNow(progress(1, after: 1)) }
      let mailbox = CollectingMailbox()
      journal.append(progress(1, after: 7), mailbox: mailbox)
      guard case .storeFailed = mailbox.take() else { throw StoreViolation("a gap was accepted") }
      try journal.appendNow(progress(1, after: 2))
      try expectEqual(try store.records(of: "r1", after: 0).map(\.seq), [1, 2, 3], "the records")
    },
  ]

  static let lease = [
    StoreCheck(description: "One driver a run: a second is told so until the first has closed") { store in
      let journal = try create(store)
      try journal.appendNow(stamped([start()]))
      try expectError(.busy, "a second driver") { _ = try store.open(run: "r1") }
      try expect(try store.runs(limit: 1)[0].driver != nil, "the driver is not told")
      journal.close()
      try expect(try store.runs(limit: 1)[0].driver == nil, "a driver is told that has closed")
      let second = try store.open(run: "r1")
      try second.appendNow(stamped([resumption()], after: 1))
      try expectError(.failure, "a closed journal's append") { try journal.appendNow(progress(1, after: 2)) }
      try expectEqual(try store.records(of: "r1", after: 0).count, 2, "the number of records")
      second.close()
    },
    StoreCheck(description: "Closing a journal commits what was given to it") { store in
      let journal = try create(store)
      let mailbox = CollectingMailbox()
      for batch in 0..<20 { journal.append(progress(5, after: Int64(batch * 5)), mailbox: mailbox) }
      journal.close()
      try expectEqual(try store.records(of: "r1", after: 0).count, 100, "the number of records")
    },
    StoreCheck(description: "Two runs are driven side by side") { store in
      let first = try create(store, "r1")
      let second = try create(store, "r2")
      try first.appendNow(progress(3))
      try second.appendNow(progress(5))
      try first.appendNow(progress(1, after: 3))
      try expectEqual(try store.records(of: "r1", after: 0).count, 4, "the first run's records")
      try expectEqual(try store.records(of: "r2", after: 0).count, 5, "the second run's records")
      first.close()
      second.close()
    },
    StoreCheck(description: "A run that is not there cannot be opened, one that is there not made again") { store in
      try expectError(.usage, "opening an unknown run") { _ = try store.open(run: "nobody") }
      let journal = try create(store)
      try expectError(.failure, "making a run again") { _ = try create(store) }
      journal.close()
    },
  ]

  public static func create(_ store: any Store, _ id: String = "r1") throws -> any Journal {
    try store.create(run: id, workflow: "release", file: "/p/release.lua", at: moment(0))
  }

  public static func progress(_ count: Int, after seq: Int64 = 0) -> [StampedRecord] {
    stamped(
      (0..<count).map { .progress(step: "s", attempt: 1, fraction: 0.5, text: "piece \(seq + Int64($0))") }, after: seq)
  }
}
