import BatonModel
import Testing

/// What `baton doctor` says of the places where steps may run.
@Suite struct PlaceChecks {
  private func checks(_ programs: [String: String]) throws -> [String: Value] {
    let sandbox = try Sandbox(["w.lua": "step \"a\" \"true\"\n"])
    for (name, script) in programs {
      try sandbox.write("bin/\(name)", "#!/bin/sh\n\(script)\n")
      try sandbox.command("chmod", "+x", "bin/\(name)")
    }
    let told = try sandbox.baton("doctor", "--json", env: ["PATH": sandbox.path("bin")])
    let list = try JSON.decode(told.output).list ?? []
    return Dictionary(list.compactMap { check in check["check"]?.string.map { ($0, check) } }) { $1 }
  }

  @Test func `an engine that is here and makes no container is told of with what mends it`() throws {
    let words =
      "Error: runc: container init: error setting rlimit type 7: operation not permitted: OCI permission denied"
    let limits = try checks(["podman": "echo '\(words)' >&2; exit 126"])["containers"]
    #expect(limits?["state"] == "limited" && limits?["finding"]?.string?.contains("rlimit type 7") == true)
    #expect(limits?["cure"]?.string?.contains("default_ulimits") == true)
    let groups = try checks(["podman": "echo 'Error: unknown version of cgroup' >&2; exit 125"])["containers"]
    #expect(groups?["cure"]?.string?.contains("cgroup_manager") == true)
    let docker = try checks(["docker": "echo 'Cannot connect to the Docker daemon' >&2; exit 1"])["containers"]
    #expect(docker?["finding"]?.string?.contains("docker does not answer: Cannot connect") == true)
    #expect(docker?["cure"]?.string?.contains("systemctl start docker") == true)
    #expect(try checks([:])["containers"]?["cure"] == "apt-get install podman")
  }

  @Test func `an engine that gets as far as the program is fine, and the second is asked where the first is not`()
    throws
  {
    let podman = "[ \"$1 $2\" = 'run --rm' ] || exit 1; for last; do :; done; [ \"$last\" = /baton-doctor ] && exit 127"
    let fine = try checks(["podman": podman])["containers"]
    #expect(fine?["state"] == "fine", "\(String(describing: fine))")
    let second = try checks(["podman": "exit 1", "docker": "[ \"$1\" = version ] && echo 20.10"])["containers"]
    #expect(second?["state"] == "fine" && second?["finding"]?.string?.hasSuffix("bin/docker") == true)
  }

  @Test func `clusters and private networks are told of`() throws {
    let known = try checks(["kubectl": "printf 'ci\\nprod\\n'"])
    #expect(known["kubernetes"]?["finding"]?.string?.hasSuffix("contexts: ci, prod") == true)
    let broken = try checks(["kubectl": "echo 'error: error loading config file \"k\": yaml' >&2; exit 1"])[
      "kubernetes"]
    #expect(broken?["state"] == "limited" && broken?["cure"]?.string?.contains("KUBECONFIG") == true)
    #expect(broken?["finding"]?.string?.contains("knows no cluster: error: error loading") == true)
    #expect(try checks(["kubectl": ":"])["kubernetes"]?["finding"]?.string?.contains("knows no cluster") == true)
    #expect(try checks([:])["kubernetes"]?["state"] == "limited")
    // Whether this machine gives them or not, a step that asks for one finds the same.
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"true\", network = \"private\" }\n"])
    #expect(try (sandbox.baton("run", "w.lua").code == 0) == (known["networks"]?["state"] == "fine"))
  }
}
