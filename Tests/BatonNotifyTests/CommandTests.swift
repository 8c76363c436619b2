import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonNotify

@Suite struct CommandTests {
  private let scratch = ScratchFolder()
  var folder: String { scratch.path }

  func read(_ name: String) -> String { scratch.text(name) }

  func setup(limit: Span = Span(seconds: 30), attempts: Int = 5) -> NotifierSetup {
    NotifierSetup(
      attempts: attempts, channels: [CommandChannel(folder: folder, limit: limit, grace: Span(milliseconds: 100))])
  }

  @Test func `A command gets the event on standard input and the rest in its environment`() {
    let script =
      #"cat > in; printf '%s|%s|%s|%s' "$BATON_NOTIFY_TEXT" "$BATON_NOTIFY_KEY" "$BATON_NOTIFY_NAME" "$BATON_NOTIFY_KIND" > env"#
    #expect(setup().send("command", ["run": .string(script)]) == .sent(attempts: 1))
    #expect(read("in") == "{\"kind\":\"run.failed\"}\n")
    #expect(read("env") == "all is well|run-1/team/3|team|run.failed")
  }

  @Test func `A list is a program and its arguments, without a shell`() {
    #expect(setup().send("command", ["run": ["cp", "/dev/stdin", "a $HOME b"]]) == .sent(attempts: 1))
    #expect(read("a $HOME b") == "{\"kind\":\"run.failed\"}\n")
  }

  @Test func `A command that fails is tried again and told with the end of its output`() {
    let answer = setup().send("command", ["run": "echo x >> tries; echo first; echo no route >&2; exit 3"])
    #expect(answer == .failed(attempts: 5, error: "the command ended with code 3: first | no route"))
    #expect(read("tries") == "x\nx\nx\nx\nx\n")
  }

  @Test func `A command that succeeds at last was sent`() {
    #expect(setup().send("command", ["run": "echo x >> tries; test $(wc -l < tries) = 3"]) == .sent(attempts: 3))
  }

  @Test func `A program that is not there is not tried again`() {
    guard case .failed(1, let error) = setup().send("command", ["run": ["no-such-program"]]) else {
      Issue.record("it was tried again")
      return
    }
    #expect(error.hasPrefix("the command ended with code 127: "))
  }

  @Test func `A command that does not end is ended with all that it started`() {
    let answer = setup(limit: Span(seconds: 3), attempts: 1).send(
      "command", ["run": "sleep 1000 & echo $! > pid; echo waiting; wait"])
    #expect(answer == .failed(attempts: 1, error: "the command did not end within 3.0s: waiting"))
    #expect(hasEnded("pid"))
  }

  /// Whether the process with the number in the file is gone, or a zombie that its new parent has yet to reap.
  func hasEnded(_ file: String) -> Bool {
    guard let pid = pid_t(read(file).prefix { $0 != "\n" }) else { return false }
    // A kill takes effect in the kernel's own time, which is soon.
    for _ in 0..<100_000 {
      let state = read("../../proc/\(pid)/stat").drop { $0 != ")" }.dropFirst(2).prefix(1)
      if ["", "Z", "X"].contains(state) { return true }
      sched_yield()
    }
    return false
  }

  @Test func `A command that ignores the polite signal is killed`() {
    let answer = setup(limit: Span(seconds: 3), attempts: 1).send(
      "command", ["run": "trap '' TERM; echo $$ > pid; while :; do sleep 1000; done"])
    #expect(answer == .failed(attempts: 1, error: "the command did not end within 3.0s"))
    #expect(hasEnded("pid"))
  }

  @Test func `What a command that was ended started in the background is killed although it ignores the polite signal`()
  {
    let answer = setup(limit: Span(seconds: 3), attempts: 1).send(
      "command", ["run": "(trap '' TERM; exec sleep 1000) & echo $! > pid; sleep 1000"])
    #expect(answer == .failed(attempts: 1, error: "the command did not end within 3.0s"))
    #expect(hasEnded("pid"))
  }

  @Test func `A command whose watcher is killed too has failed`() {
    #expect(
      setup(attempts: 1).send("command", ["run": "kill -9 0"]) == .failed(attempts: 1, error: "the command was killed"))
  }

  @Test func `A process that a command leaves running does not hold it up`() {
    #expect(setup(attempts: 1).send("command", ["run": "sleep 3 & exit 0"]) == .sent(attempts: 1))
  }

  @Test func `Output without end neither blocks nor fills the memory`() {
    let answer = setup(attempts: 1).send(
      "command", ["run": "head -c 30000000 /dev/zero | tr '\\0' x; echo; echo end; exit 1"])
    #expect(
      answer
        == .failed(
          attempts: 1, error: "the command ended with code 1: " + String(repeating: "x", count: 394) + " | end"))
  }

  @Test(arguments: [0, 3, 7] as [Int32])
  func `The exit code is known when another thread reaps the child`(code: Int32) throws {
    let file = "\(folder)/watcher"
    let reaper = try #require(
      Reaper { pid_t(String(decoding: ScratchFolder.bytes(at: file), as: UTF8.self).prefix { $0 != "\n" }) })
    let answer = setup(attempts: 1).send("command", ["run": .string("echo $PPID > watcher; exit \(code)")])
    #expect(
      answer == (code == 0 ? .sent(attempts: 1) : .failed(attempts: 1, error: "the command ended with code \(code)")))
    reaper.join()
  }

  @Test func `A command inherits no descriptor and no signal mask`() {
    let leak = open("/dev/null", O_RDONLY)
    defer { close(leak) }
    #expect(
      setup().send("command", ["run": "ls /proc/self/fd | tr '\\n' ' ' > fds; grep SigBlk /proc/self/status > mask"])
        == .sent(attempts: 1))
    // Standard input, output, error, and the folder that `ls` reads.
    #expect(read("fds") == "0 1 2 3 ")
    #expect(read("mask").hasSuffix("\t0000000000000000\n"))
  }

  @Test func `A text longer than an environment variable is cut between characters`() {
    let text = "x" + String(repeating: "é", count: 100_000)
    let answer = setup().send("command", ["run": #"printf %s "$BATON_NOTIFY_TEXT" > text"#], text: text)
    #expect(answer == .sent(attempts: 1))
    #expect(read("text") == "x" + String(repeating: "é", count: 15_999))
  }

  @Test func `A folder that is not there is told`() {
    let setup = NotifierSetup(attempts: 1, channels: [CommandChannel(folder: "/nowhere/at/all")])
    #expect(
      setup.send("command", ["run": "true"])
        == .failed(
          attempts: 1, error: "the command cannot be started: the folder /nowhere/at/all: No such file or directory"))
  }

  @Test func `Secrets in the output of a command are masked`() {
    let setup = setup(attempts: 1)
    setup.notifier.mask(["hunter2"])
    #expect(
      setup.send("command", ["run": "echo pass hunter2; exit 1"])
        == .failed(attempts: 1, error: "the command ended with code 1: pass ***"))
  }
}

/// Reaps one child of this process as soon as it ends, or sees that it was reaped; within a minute.
private struct Reaper {
  private let thread: WorkerThread

  /// - Parameter process: its number, as soon as it is known.
  init?(_ process: @escaping @Sendable () -> pid_t?) {
    let thread = WorkerThread {
      let limit = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < limit {
        if let process = process() {
          var status: Int32 = 0
          if waitpid(process, &status, WNOHANG) != 0 { return }
        }
        sched_yield()
      }
      Issue.record("the child did not end within a minute")
    }
    guard let thread else { return nil }
    self.thread = thread
  }

  func join() { thread.join() }
}
