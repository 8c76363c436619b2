import BatonModel

/// How a Pod of a cluster does, as its `status` tells.
enum PodState: Equatable {
  case running
  /// What its manifest says ran in it, and ended with this exit code.
  case ended(Int32)
  case waits(String)
  case failed(String)

  /// Reasons to wait that do not pass by themselves.
  private static let final: Set<String> = [
    "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError", "CrashLoopBackOff",
  ]

  /// - Parameter isOwn: the container runs what the manifest says: its end is the attempt's, not what prevents one.
  init(_ pod: Value, _ container: String, isOwn: Bool) {
    let status = pod["status"]
    let own = status?["containerStatuses"]?.list?.first { $0["name"]?.string == container }
    // What becomes of the others does not change how this one does.
    if isOwn, let state = Self.ofOwn(own?["state"]) {
      self = state
      return
    }
    let states = (status?["initContainerStatuses"]?.list ?? []) + (status?["containerStatuses"]?.list ?? [])
    for state in states {
      if let waiting = state["state"]?["waiting"], let reason = waiting["reason"]?.string, Self.final.contains(reason) {
        self = .failed("\(reason): \(waiting["message"]?.string ?? "container \(state["name"]?.string ?? "")")")
        return
      }
    }
    if own?["state"]?["running"] != nil {
      self = .running
    } else if let end = own?["state"]?["terminated"] {
      let why = [end["reason"]?.string ?? "", end["message"]?.string ?? ""].filter { !$0.isEmpty }
      self = .failed("its container \(container) ended before the step began: \(why.joined(separator: ": "))")
    } else if let phase = status?["phase"]?.string, phase == "Failed" || phase == "Succeeded" {
      let when = isOwn ? "" : " before the step began"
      self = .failed("its containers ended\(when): \(status?["message"]?.string ?? phase)")
    } else {
      let condition = status?["conditions"]?.list?.first {
        $0["type"]?.string == "PodScheduled" && $0["status"]?.string == "False"
      }
      self = .waits(condition?["message"]?.string ?? "")
    }
  }
  /// Of a container that runs what the manifest says: it runs, or it ran; nil: it did not begin.
  private static func ofOwn(_ state: Value?) -> PodState? {
    if state?["running"] != nil { return .running }
    guard let end = state?["terminated"], !["StartError", "ContainerCannotRun"].contains(end["reason"]?.string ?? "")
    else { return nil }
    return .ended(end["exitCode"]?.integer.map { Int32(clamping: $0) } ?? 1)
  }
}
