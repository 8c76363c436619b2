import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import BatonTestKit
import CSystem
import Glibc
import Testing

@Suite struct `Poll reactor` {
  @Test func `waiting ends at the moment when nothing comes`() throws {
    let reactor = try PollReactor()
    let moment = reactor.now + Span(milliseconds: 20)
    #expect(reactor.wait(until: moment).isEmpty)
    #expect(reactor.now >= moment)
    #expect(reactor.wait(until: moment).isEmpty)
  }

  @Test func `what other threads post comes in, in order`() throws {
    let reactor = try PollReactor()
    let mailbox = reactor.mailbox
    let worker = SerialWorker()
    worker.submit { for number in 1...100 { mailbox.post(.committed(through: Int64(number))) } }
    var numbers: [Int64] = []
    while numbers.count < 100 {
      for case .committed(let number) in reactor.wait(until: nil) { numbers.append(number) }
    }
    worker.close()
    #expect(numbers == Array(1...100))
  }

  @Test func `the first signal interrupts, the second kills, a new size is told`() throws {
    let reactor = try PollReactor()
    for signal in [SIGTERM, SIGWINCH] { pthread_kill(pthread_self(), signal) }
    var controls: [ControlRequest] = []
    func wait(for count: Int) {
      while controls.count < count {
        for case .control(let request) in reactor.wait(until: nil) { controls.append(request) }
      }
    }
    wait(for: 2)
    #expect(Set(controls) == [.interrupt(signal: SIGTERM), .resized])
    pthread_kill(pthread_self(), SIGHUP)
    wait(for: 3)
    #expect(controls[2] == .kill)
  }

  @Test func `time never goes back below what a run has seen, and goes on from there`() throws {
    let reactor = try PollReactor()
    let later = reactor.now + Span(seconds: 1_000_000)
    reactor.raise(to: later)
    let raised = reactor.now
    #expect(raised >= later)
    #expect(raised < later + Span(seconds: 60))
    #expect(reactor.wait(until: raised + Span(milliseconds: 10)).isEmpty)
    #expect(reactor.now >= raised + Span(milliseconds: 10))
    reactor.raise(to: Instant(nanoseconds: 0))
    #expect(reactor.now >= raised)
  }

  @Test func `a timer goes off while the reactor waits for something else`() throws {
    let run = try ProcessRun()
    let launch = run.shell("trap '' TERM; while :; do sleep 1000; done")
    run.executor.start(launch)
    run.waitForStart(launch.ticket).map { #expect(isAlive($0)) }
    run.executor.stop(launch.ticket, grace: Span(milliseconds: 50))
    // Without a limit: only the timer can end this.
    while true {
      for case .attemptEnded in run.reactor.wait(until: nil) { return }
    }
  }
}

@Suite struct `Control inbox` {
  @Test func `a request that was left before the driver came is told, and taken away`() throws {
    try ScratchFolder.with { scratch in
      let run = RunFolder(path: scratch.path + "/run")
      try ControlInbox.write(.mail, to: run.inbox)
      let reactor = try PollReactor()
      let executor = try LocalExecutor(reactor: reactor, run: run, locks: scratch.path + "/locks")
      guard case .control(.mail)? = reactor.wait(until: nil).first else {
        Issue.record("no request")
        return
      }
      #expect(names(in: run.inbox).isEmpty)
      withExtendedLifetime(executor) {}
    }
  }

  @Test func `a request that is left while the driver waits wakes it`() throws {
    let run = try ProcessRun()
    let inbox = run.folder.inbox
    let worker = SerialWorker()
    worker.submit { try? ControlInbox.write(.mail, to: inbox) }
    #expect(run.wait { if case .control(.mail) = $0 { true } else { nil } } == true)
    worker.close()
    #expect(names(in: inbox).isEmpty)
  }

  @Test func `what is no request is taken away and ignored`() throws {
    let run = try ProcessRun()
    for (name, text) in [("1", "{"), ("2", "{\"kind\":\"dance\"}")] {
      let file = run.write(name, text)
      rename(file, "\(run.folder.inbox)/\(name).json")
    }
    try ControlInbox.write(.kill, to: run.folder.inbox)
    #expect(run.wait { if case .control(.kill) = $0 { true } else { nil } } == true)
    #expect(names(in: run.folder.inbox).isEmpty)
    #expect(run.inputs.count == 1)
  }

  @Test func `a folder that cannot be made is an error that names it`() throws {
    let error = #expect(throws: BatonError.self) { try ControlInbox.write(.kill, to: "/proc/nowhere/inbox") }
    #expect(error?.message.hasPrefix("cannot leave a request in /proc/nowhere/inbox: ") == true)
  }
}
