import BatonModel

/// The way to a shell in a container of a Pod: `podman exec`, `kubectl exec`.
struct PodConnection: HostConnection {
  let program: PodProgram
  let pod: String
  let container: String
  /// `OUTSIDE:INSIDE`: ports of this machine that lead to the Pod's while a service runs. Podman's lead there anyway.
  var forwards: [String] = []

  var text: String { "pod \(pod)" }
  var environment: [String: String] { Client.surroundings() }
  var isTransient: Bool { true }

  /// Not every `tar` of an image reads names.
  var sending: String {
    #"""
    base=${XDG_CACHE_HOME:-$HOME/.cache}/baton/$1; cd -- "${2:-$base/files}" || exit 1
    if tar --help 2>&1 | grep -q -e -T; then exec tar -cf - -T -; fi
    set --
    while IFS= read -r name; do set -- "$@" "$name"; done
    exec tar -cf - "$@"
    """#
  }

  /// A folder for what the attempt is handed: images may run as somebody who has none of their own.
  private static let home = "[ -w \"${HOME:-/}\" ] || export HOME=/tmp; "

  func command(_ script: String, _ arguments: [String], forwarding ports: [String]) -> [String] {
    let own = ["/bin/sh", "-c", Self.home + script, "sh"] + arguments
    guard program.context != nil else { return [program.path, "exec", "--interactive", "\(pod)-\(container)"] + own }
    let exec = program.words + ["exec", "--stdin", "--quiet", pod, "--container", container, "--"] + own
    guard !ports.isEmpty, !forwards.isEmpty else { return exec }
    let forward = program.words + ["port-forward", "--address", "127.0.0.1", "pod/\(pod)"] + forwards
    // The tunnel falls with a connection that breaks, and is dug again as long as the service runs.
    let keep = """
      (while :; do \(forward.map(SSHConnection.quoted).joined(separator: " ")) >/dev/null 2>&1 </dev/null; sleep 0.2; done) &
      tunnel=$!; "$@"; code=$?; kill "$tunnel"; exit "$code"
      """
    return ["/bin/sh", "-c", keep, "sh"] + exec
  }

  func failure(_ said: [String], isAsked: Bool) -> BatonError {
    PodFailure.error(said.joined(separator: "\n"), program, isAsked: isAsked)
  }
}
