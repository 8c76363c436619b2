import BatonModel
import Testing

@testable import BatonCourier

/// What a cluster tells of a Pod: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
@Suite struct PodStateTests {
  private func state(_ status: String, isOwn: Bool = false) throws -> PodState {
    PodState(try JSON.decode(#"{"status": \#(status)}"#), "main", isOwn: isOwn)
  }

  /// With a container beside it that runs.
  private func terminated(_ fields: String, isOwn: Bool) throws -> PodState {
    try state(
      #"""
      {"phase": "Running", "containerStatuses": [
        {"name": "sidecar", "state": {"running": {}}}, {"name": "main", "state": {"terminated": \#(fields)}}]}
      """#, isOwn: isOwn)
  }

  @Test("A container that runs is ready, one that is made is waited for") func starting() throws {
    #expect(try state(#"{"containerStatuses": [{"name": "main", "state": {"running": {}}}]}"#) == .running)
    #expect(
      try state(
        #"{"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}]}"#
      )
        == .waits(""))
    #expect(
      try state(#"{"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes have room"}]}"#)
        == .waits("0/3 nodes have room"))
  }

  @Test("What does not pass by itself is a failure, with its reason") func failing() throws {
    #expect(
      try state(
        #"{"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}]}"#
      )
        == .failed("ErrImagePull: no such image"))
    #expect(try state(#"{"phase": "Failed"}"#) == .failed("its containers ended before the step began: Failed"))
  }

  @Test("A container that ended beside others that run is not waited for") func ended() throws {
    let isMissing = #"{"reason": "StartError", "message": "exec: \"/bin/sh\": no such file"}"#
    for isOwn in [false, true] {
      #expect(
        try terminated(isMissing, isOwn: isOwn)
          == .failed(#"its container main ended before the step began: StartError: exec: "/bin/sh": no such file"#))
    }
    #expect(
      try terminated(#"{"reason": "Error", "exitCode": 3}"#, isOwn: false)
        == .failed("its container main ended before the step began: Error"))
    #expect(
      try terminated(#"{"reason": "Error", "exitCode": 3}"#, isOwn: true) == .ended(3), "its end is the attempt's")
    #expect(try terminated("{}", isOwn: true) == .ended(1))
    func beside(_ own: String) -> String {
      #"""
      {"containerStatuses": [{"name": "sidecar", "state": {"waiting": {"reason": "ImagePullBackOff"}}},
        {"name": "main", "state": \#(own)}]}
      """#
    }
    #expect(try state(beside(#"{"terminated": {"exitCode": 0}}"#), isOwn: true) == .ended(0), "its own end counts")
    #expect(try state(beside(#"{"running": {}}"#), isOwn: true) == .running)
    #expect(try state(beside(#"{"running": {}}"#)) == .failed("ImagePullBackOff: container sidecar"))
    let evicted = #"{"phase": "Failed", "message": "The node was low on resource: memory."}"#
    #expect(try state(evicted, isOwn: true) == .failed("its containers ended: The node was low on resource: memory."))
  }
}
