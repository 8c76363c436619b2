import BatonModel
import BatonRuntime
import CSystem

/// One attempt while it is under way.
final class Attempt {
  enum Phase {
    /// With the spawner. Can transition to: `running`, or its end.
    case starting
    /// Can transition to: `settling`.
    case running
    /// The process has ended and been reaped; what it left behind is looked for and ended. Can transition to: its end.
    case settling
  }

  let ticket: Ticket
  let token: String
  let outputFile: String
  let capture: String?
  /// What `BATON_TESTS` points to.
  var testsFile: String?
  /// What it leases, until whoever does so has read it.
  var leaseFile: String?
  let log: String
  /// A courier, which ends the attempt elsewhere before it ends itself.
  let isCourier: Bool
  /// Whether it was told to kill what it stands for.
  var wasTold = false
  var events: EventsFile
  var output: AttemptOutput
  var phase = Phase.starting
  /// The process that was started; also its process group.
  var pid: Int32 = 0
  /// -1: closed.
  var pidfd: Int32 = -1
  var started = Instant(nanoseconds: 0)
  /// How the process ended.
  var exit: baton_exit?
  /// What decides the outcome, whatever the process said.
  var problem: Outcome?
  /// When every process left is killed (boot time); set when the attempt is stopped, or has left processes behind.
  var killAt: Int64?
  var isStopping = false
  /// Processes that were asked to end.
  var asked: Set<Int32> = []
  var timer: TimerID?
  /// Until the next look at what is left; grows.
  var pause = Attempt.firstPause

  static let firstPause = Span(milliseconds: 1)
  static let longestPause = Span(milliseconds: 50)

  init(_ launch: Launch, outputFile: String, eventsFile: String, epoll: Int32) {
    ticket = launch.ticket
    token = launch.token
    self.outputFile = outputFile
    capture = launch.capture
    log = launch.log
    isCourier = launch.elsewhere != nil
    events = EventsFile(path: eventsFile)
    output = AttemptOutput(log: log, epoll: epoll)
  }
}
