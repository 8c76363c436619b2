import BatonModel
import Testing

@testable import BatonCourier

@Suite struct PodFailureTests {
  private static let cluster = PodProgram(path: "kubectl", context: "ci")
  private static let here = PodProgram(path: "podman", context: nil)

  @Test(arguments: [cluster, here])
  private func `a program that is not there is the manifest's own, or the shell that brings a step`(
    _ program: PodProgram
  ) {
    let said = #"Error: runc: exec: "serve": executable file not found in $PATH: OCI runtime attempted it"#
    let own = PodFailure.error(said, program, isAsked: false, isOwn: true)
    #expect(own.message.contains("no such program in its container") && own.message.contains("\"serve\""))
    #expect(own.cure?.contains("manifest") == true && !own.message.contains("tar"))
    #expect(PodFailure.error(said, program, isAsked: false).message.contains("no /bin/sh, or no tar"))
  }

  @Test(arguments: [
    "tar: x: Cannot write: No space left on device", "The node was low on resource: ephemeral-storage.",
    "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.",
  ])
  func `a full disk of a cluster is told as one`(_ said: String) {
    let error = PodFailure.error(said, Self.cluster, isAsked: false)
    #expect(error.message.hasPrefix("the disk of its pod is full: ") && error.cure?.contains("make room") == true)
  }

  @Test func `only what no server has heard of was never made`() {
    for said in [
      #"error: context "x" does not exist"#, "error: error loading config file \"k\": yaml",
      "The connection to the server localhost:1 was refused - did you specify the right host or port?",
      "Unable to connect to the server: dial tcp: lookup c.invalid: no such host",
    ] {
      #expect(PodFailure.isUnreached(said), "\(said)")
    }
    for said in [
      "Error from server (InternalError): failed calling webhook: dial tcp 10.0.0.1:443: connect: connection refused",
      "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
    ] {
      #expect(!PodFailure.isUnreached(said), "\(said)")
    }
  }
}
