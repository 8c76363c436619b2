import BatonCommandLine
import BatonCore
import BatonModel
import BatonRuntime

/// What `baton run` asks the drive for.
struct RunRequest {
  var project: Project
  /// The script as the user named it.
  var file: String
  var parameters: Parameters
  var options: RunOptions
  /// Leave out what no change since this git revision can affect; nil: nothing.
  var changedSince: String?
  /// Print the run's id, and leave it running.
  var detach: Bool
  /// End as waiting instead of waiting for people.
  var noWait = false
  var reporting: Reporting
  /// Of a workflow that another one calls.
  var call: SubRun?
}

/// What `baton resume` asks for.
struct ResumeRequest {
  var project: Project
  var run: String
  var options: ResumeOptions
  /// Take what baton.json says now, in the environment that was asked for, in place of what the run began with.
  var takesSettings = false
  var jobs: Int?
  var noCache: Bool
  /// Say what would be done, and do nothing.
  var dryRun: Bool
  var detach: Bool
  /// End as waiting instead of waiting for people.
  var noWait = false
  var reporting: Reporting
  /// Of a workflow that another one calls.
  var call: SubRun?
  /// It is carried on only to be ended: what it did is undone.
  var cancelling: Request?
}

/// What `baton cancel` asks for where no driver lives: the run is ended by taking its lease.
struct CancelRequest {
  var project: Project
  var run: String
  /// user@host.
  var by: String
  var reason: String?
  var reporting: Reporting
}
