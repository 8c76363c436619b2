import BatonModel
import BatonReport
import BatonRuntime
import BatonSystem
import Glibc

/// Where steps may run beside this machine's own processes. What cannot be told by a look is tried.
enum PlaceChecks {
  static var all: [Check] { [networks, containers, pods, hosts] }

  /// Long enough for an engine that was asleep.
  private static let patience = Span(seconds: 20)

  /// What a program said and how it ended; nil: it does not start, or does not answer.
  private static func ask(
    _ program: String, _ words: [String], environment: [String: String]? = nil
  ) -> (code: Int32, said: String)? {
    var child = Child(program, words)
    child.environment = environment
    child.errors = .gathered
    guard let end = try? child.run(limit: patience, maximum: 1 << 20), end.exceeded == nil else { return nil }
    return (end.code, String(decoding: end.output, as: UTF8.self))
  }

  private static func last(_ said: String) -> String {
    (said.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it says nothing").harmless
  }

  /// `network = "private"`.
  private static var networks: Check {
    // As an attempt does it.
    let tried = ask(
      "/proc/self/exe", [LaunchNetwork.command, "own", "/bin/sh", "-c", ":"], environment: ["BATON_ATTEMPT": "doctor"])
    if tried?.code == 0 { return Check("networks", .fine, "steps and services can have networks of their own") }
    let said = tried?.said.split(whereSeparator: \.isNewline).first.map(String.init) ?? "it does not answer"
    return Check(
      "networks", .limited, "no network = \"private\": \(said.harmless)",
      cure: geteuid() == 0
        ? "start the container that this is in with --cap-add SYS_ADMIN"
        : "sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1")
  }

  /// Whether one can be made, and not only whether the program is here.
  private static var containers: Check {
    let podman = Tool.find("podman")
    let docker = Tool.find("docker")
    var problems: [String] = []
    var cure: String?
    if let podman {
      if let problem = problem(ofPodman: podman) {
        problems.append("podman makes none: \(problem)")
        cure = self.cure(of: problem)
      } else {
        return Check("containers", .fine, podman + (docker.map { ", \($0)" } ?? ""))
      }
    }
    if let docker {
      let tried = ask(docker, ["version", "--format", "{{.Server.Version}}"])
      if tried?.code == 0 { return Check("containers", .fine, docker) }
      problems.append("docker does not answer: \(tried.map { last($0.said) } ?? "in \(patience.text)")")
      cure = cure ?? "systemctl start docker, or look at DOCKER_HOST"
    }
    return problems.isEmpty
      ? Check("containers", .limited, "neither podman nor docker is here", cure: "apt-get install podman")
      : Check("containers", .limited, problems.joined(separator: "; "), cure: cure)
  }

  /// What keeps Podman from making a container; nil: nothing. Of an empty one no program can be started, and all else has to work
  /// before that is seen.
  private static func problem(ofPodman podman: String) -> String? {
    let root = "/tmp/baton-doctor-\(getpid())"
    guard mkdir(root, 0o700) == 0 else { return "no folder to be had in /tmp: \(File.message(errno))" }
    defer { FolderTree.remove(root) }
    guard let tried = ask(podman, ["run", "--rm", "--network", "host", "--rootfs", root, "/baton-doctor"]) else {
      return "it does not answer in \(patience.text)"
    }
    let isMade = tried.code == 127 || tried.said.contains("no such file or directory: OCI runtime attempted")
    return isMade ? nil : last(tried.said)
  }

  private static func cure(of problem: String) -> String {
    if problem.contains("rlimit") {
      return
        "in /etc/containers/containers.conf below [containers]: default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]"
    }
    if problem.contains("cgroup") || problem.contains("systemd") {
      return "in /etc/containers/containers.conf below [engine]: cgroup_manager = \"cgroupfs\", runtime = \"runc\""
    }
    return "podman info, and podman run by hand, tell more"
  }

  /// `pod {…}`: Podman runs them here, `kubectl` in clusters.
  private static var pods: Check {
    guard let kubectl = Tool.find("kubectl") else {
      return Check(
        "kubernetes", .limited, "kubectl is not here: pods run by podman, in no cluster",
        cure: "https://kubernetes.io/docs/tasks/tools")
    }
    let told = ask(kubectl, ["config", "get-contexts", "--output", "name"])
    guard let told, told.code == 0 else {
      let problem = told.map { last($0.said) } ?? "it does not answer in \(patience.text)"
      return Check(
        "kubernetes", .limited, "\(kubectl) knows no cluster: \(problem)",
        cure: "look at KUBECONFIG, or ~/.kube/config; without a cluster pods run by podman")
    }
    let contexts = told.said.split(whereSeparator: \.isNewline).map(String.init)
    return contexts.isEmpty
      ? Check("kubernetes", .fine, "\(kubectl), which knows no cluster: pods run by podman")
      : Check("kubernetes", .fine, "\(kubectl), contexts: \(contexts.prefix(5).joined(separator: ", ").harmless)")
  }

  private static var hosts: Check {
    Tool.find("ssh").map { Check("ssh", .fine, $0) }
      ?? Check("ssh", .limited, "is not here: no steps on other hosts", cure: "apt-get install openssh-client")
  }
}
