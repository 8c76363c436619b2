import BatonCore
import BatonModel
import BatonRuntime

/// What a store tells of its runs.
extension StoreCheck {
  static let queries = [
    StoreCheck(description: "Runs are listed newest first, with status, times and counts") { store in
      try whole(
        store, "r1",
        [ended("a"), ended("b", .failed), ended("g", kind: .group), ended("q", kind: .gate)], .failed, at: 100)
      try whole(store, "r2", [ended("a")], at: 200, workflow: "nightly")
      let journal = try store.create(run: "r3", workflow: "release", file: "/p/release.lua", at: moment(300))
      try journal.appendNow(
        stamped([start(), .attemptStarted(StepAttempt(step: "a", number: 1), executor: "local", pid: 7)], at: 300))
      let runs = try store.runs(limit: nil)
      try expectEqual(runs.map(\.id), ["r3", "r2", "r1"], "the order")
      try expectEqual(runs.map(\.status), [.running, .succeeded, .failed], "the statuses")
      try expectEqual(runs[1].workflow, "nightly", "the workflow")
      try expectEqual(runs[1].file, "/p/nightly.lua", "the file")
      try expectEqual(runs[2].started, moment(100), "the start")
      try expectEqual(runs[2].ended, moment(105), "the end")
      try expectEqual(runs[2].counts, [.succeeded: 1, .failed: 1], "the counts, of steps alone")
      try expectEqual(runs[0].counts, [.running: 1], "the counts of a run that is under way")
      try expectEqual(try store.runs(limit: 2).map(\.id), ["r3", "r2"], "the newest two")
      journal.close()
    },
    StoreCheck(description: "A called workflow is known as one before its run has written anything") { store in
      try whole(store, "r1", [], at: 100)
      let journal = try store.create(
        run: "r2", workflow: "below", file: "/p/below.lua", caller: "r1/deploy", at: moment(200))
      try expectEqual(try store.runs(limit: nil).map(\.caller), ["r1/deploy", nil], "the callers")
      journal.close()
      try expectEqual(try store.runs(limit: nil).map(\.caller), ["r1/deploy", nil], "the callers, the driver gone")
    },
    StoreCheck(description: "A run whose driver is gone is told as interrupted, and as running once it is resumed") {
      store in
      let journal = try create(store)
      try journal.appendNow(
        stamped([
          start(), ended("a"), .attemptStarted(StepAttempt(step: "b", number: 1), executor: "local", pid: 7),
        ]))
      journal.close()
      try expectEqual(try store.runs(limit: 1)[0].status, .interrupted, "the status without a driver")
      try expectEqual(try store.runs(limit: 1)[0].counts, [.succeeded: 1, .pending: 1], "the counts without a driver")
      let second = try store.open(run: "r1")
      try second.appendNow(stamped([resumption()], after: 3))
      try expectEqual(try store.runs(limit: 1)[0].status, .running, "the status of a resumed run")
      try expectEqual(try store.runs(limit: 1)[0].counts, [.kept: 1, .pending: 1], "the counts of a resumed run")
      second.close()
    },
    StoreCheck(description: "A resumption keeps what succeeded, and starts the rest over") { store in
      try whole(
        store, "r1", [ended("a"), ended("b"), ended("c", .failed), ended("d", .skipped), ended("e", .failed)], .failed,
        at: 100)
      let journal = try store.open(run: "r1")
      try journal.appendNow(
        stamped([resumption(invalidated: ["b": "--from"], skipped: ["d"], set: ["e": ["v": 1]])], after: 7))
      var run = try store.runs(limit: 1)[0]
      try expectEqual(run.status, .running, "the status")
      try expect(run.ended == nil, "an end is told")
      try expectEqual(
        run.counts, [.kept: 1, .pending: 2, .skipped: 1, .succeeded: 1], "the counts after the resumption")
      try journal.appendNow(
        stamped([ended("b", attempt: 2), ended("c", attempt: 2), .runEnded(.succeeded, reason: nil)], after: 8))
      run = try store.runs(limit: 1)[0]
      try expectEqual(run.status, .succeeded, "the status at the end")
      try expectEqual(run.counts, [.kept: 1, .succeeded: 3, .skipped: 1], "the counts at the end")
      journal.close()
    },
    StoreCheck(description: "A step's duration is that of the last time that it succeeded, in any run of the workflow")
    { store in
      try expectEqual(try store.durations(workflow: "release"), [:], "durations without runs")
      try whole(store, "r1", [ended("a", from: 100, to: 105), ended("b", from: 100, to: 101)], at: 100)
      try whole(
        store, "r2", [ended("a", .failed, from: 200, to: 209), ended("g", from: 200, to: 203, kind: .group)], .failed,
        at: 200)
      try whole(store, "r3", [ended("a", from: 300, to: 399)], at: 300, workflow: "other")
      let seconds = { (count: Int64) in Span(seconds: count) }
      try expectEqual(
        try store.durations(workflow: "release"), ["a": seconds(5), "b": seconds(1)], "the durations")
      // A driver that dies has not ended its run: what succeeded before counts all the same.
      let journal = try store.create(run: "r4", workflow: "release", file: "/p/release.lua", at: moment(400))
      try journal.appendNow(stamped([start(), ended("b", from: 400, to: 407)], at: 400))
      journal.close()
      try expectEqual(
        try store.durations(workflow: "release"), ["a": seconds(5), "b": seconds(7)], "the durations of a cut run")
      let again = try store.open(run: "r4")
      try again.appendNow(
        stamped([resumption(), ended("a", from: 450, to: 452), .runEnded(.succeeded, reason: nil)], after: 2, at: 450))
      again.close()
      try expectEqual(
        try store.durations(workflow: "release"), ["a": seconds(2), "b": seconds(7)],
        "the durations after the resumption")
    },
    StoreCheck(description: "The previous status is that of the run that ended last before this one") { store in
      try expect(try store.previousStatus(workflow: "release", before: "r1") == nil, "a status without runs")
      try whole(store, "r1", [], .failed, at: 100)
      try whole(store, "r2", [], .succeeded, at: 200)
      try whole(store, "r3", [], .halted, at: 300)
      try whole(store, "r4", [], .cancelled, at: 400, workflow: "other")
      let journal = try store.create(run: "r5", workflow: "release", file: "/p/release.lua", at: moment(500))
      try journal.appendNow(stamped([start()], at: 500))
      try expectEqual(try store.previousStatus(workflow: "release", before: "r5"), .halted, "the status before r5")
      try expectEqual(try store.previousStatus(workflow: "release", before: "r3"), .succeeded, "the status before r3")
      try expectEqual(try store.previousStatus(workflow: "release", before: "r2"), .failed, "the status before r2")
      try expect(try store.previousStatus(workflow: "release", before: "r1") == nil, "there is one before the first")
      journal.close()
    },
    StoreCheck(description: "Open causes are those of the runs that failed since one succeeded, this one apart") {
      store in
      func failed(_ step: String, _ reason: String) -> Record {
        .stepEnded(StepEnd(step: step, status: .failed, reason: reason))
      }
      func key(_ step: String?, _ reason: String?) -> String {
        FailureCause.key(workflow: "release", step: step, reason: reason)
      }
      try expectEqual(try store.openFailures(workflow: "release", before: "r9").causes, [], "causes without runs")
      try whole(store, "r1", [failed("old", "exit code 1")], .failed, at: 100)
      try whole(store, "r2", [], .succeeded, at: 200)
      try whole(store, "r3", [failed("test", "exit code 1"), failed("lint", "exit code 2")], .failed, at: 300)
      try whole(store, "r4", [failed("test", "exit code 1")], .failed, at: 400)
      try whole(store, "r5", [], .failed, at: 500)
      try whole(store, "r6", [failed("x", "exit code 1")], .failed, at: 600, workflow: "other")
      let all = [key("test", "exit code 1"), key("lint", "exit code 2"), key(nil, nil)]
      let open = try store.openFailures(workflow: "release", before: "r9")
      try expectEqual(open.causes, Set(all), "the open causes")
      try expectEqual(open.hasFailed, true, "that runs failed")
      try expectEqual(
        try store.openFailures(workflow: "release", before: "r3").causes, [all[0], all[2]],
        "the open causes but those of r3")
      try whole(store, "r7", [], .succeeded, at: 700)
      try expectEqual(try store.openFailures(workflow: "release", before: "r9").causes, [], "causes behind a success")
    },
    StoreCheck(description: "Open causes are what failed tests have in common, and all that people were told") {
      store in
      func ended(_ step: String, _ outcome: Outcome, attempt: Int = 1) -> Record {
        let end = AttemptEnd(step: step, number: attempt, outcome: outcome, started: moment(100), ended: moment(101))
        return .stepEnded(StepEnd(step: step, status: .failed, reason: outcome.text, attempt: end))
      }
      func measured(_ step: String, _ cause: Int64) -> Record {
        var summary = ResultSummary()
        summary.failed = 2
        summary.causes = [ResultSummary.Cause(key: cause, message: "no till", first: "c.a", cases: 2)]
        return .measured(Measured(step: step, attempt: 1, summary: summary, sources: "s"))
      }
      func key(_ step: String, _ reason: String) -> String {
        FailureCause.key(workflow: "release", step: step, reason: reason)
      }
      func tests(_ cause: Int64) -> String { FailureCause.key(workflow: "release", tests: cause) }
      let event: Value = ["causes": ["00000000000000aa"]]
      try whole(
        store, "r1",
        [
          measured("unit", 5), ended("unit", .exited(1)), measured("slow", 6), ended("slow", .timedOut),
          // Its last attempt has no results.
          measured("late", 7), ended("late", .unstartable("no disk"), attempt: 2),
          .notificationHeld(name: "n", key: "k1", event: event),
        ], .failed, at: 100)
      try whole(
        store, "r2", [.notificationDue(name: "n", key: "k2", event: ["causes": ["00000000000000bb"]])], .halted, at: 200
      )
      let all = [
        tests(5), key("slow", "timed out"), tests(6), key("late", "no disk"), "00000000000000aa", "00000000000000bb",
        FailureCause.key(workflow: "release", step: nil, reason: nil),
      ]
      let open = try store.openFailures(workflow: "release", before: "r9")
      try expectEqual(open.causes, Set(all), "the open causes")
      try expectEqual(open.hasFailed, true, "that runs failed")
    },
    StoreCheck(description: "What people were told is open until a run succeeds, however the run ended that told it") {
      store in
      func told(_ cause: String) -> Record {
        .notificationDue(name: "n", key: cause, event: ["causes": [.string(cause)]])
      }
      func open() throws -> Set<String> {
        let found = try store.openFailures(workflow: "release", before: "r9")
        return found.causes
      }
      // Of a step that fails in a run that does not fail, only what was told is open.
      let unfinished: [RunStatus] = [.cancelled, .interrupted, .waiting]
      for (place, status) in unfinished.enumerated() {
        let records = [ended("a", .failed), told(status.rawValue)]
        try whole(store, "r\(place)", records, status, at: 100 * Int64(place + 1))
      }
      try expectEqual(try open(), Set(unfinished.map(\.rawValue)), "what unfinished runs told")
      let all = try store.openFailures(workflow: "release", before: "r9")
      try expectEqual(all.tellers, ["n"], "who told it")
      try expectEqual(all.hasFailed, false, "none of them failed")
      // It goes on: what it told is its own affair until its driver is gone.
      let driven = try store.create(run: "r3", workflow: "release", file: "/p/release.lua", at: moment(400))
      try driven.appendNow(stamped([start(), told("killed")], at: 400))
      try expectEqual(try open(), Set(unfinished.map(\.rawValue)), "what runs told of which one goes on")
      driven.close()
      try expectEqual(
        try open(), Set(unfinished.map(\.rawValue) + ["killed"]), "what runs told of which one was killed")
      try whole(store, "r4", [], at: 500)
      try expectEqual(try open(), [], "what was told before a success")
    },
  ]
}
