import BatonModel
import BatonRuntime

/// What OpenSSH's client says when it does not reach a host, and what mends it.
enum SSHFailure {
  static func error(_ said: [String], _ connection: SSHConnection, isAsked: Bool) -> BatonError {
    let text = said.joined(separator: "\n")
    let low = text.lowercased()
    let host = connection.host.text
    let last = said.last { !$0.isEmpty && !$0.hasSuffix("due to previous errors") }?.trimmed ?? "it says nothing"
    func has(_ pieces: String...) -> Bool { pieces.contains { low.contains($0) } }
    if isAsked { return BatonError(.failure, "it was ended while files went to or from \(host)") }
    if has("no space left on device", "disk quota exceeded", ": wrote only ") {
      return BatonError(.failure, "the disk of \(host) is full: \(last)", cure: "make room there")
    }
    if has("permission denied (", "too many authentication failures") {
      return BatonError(
        .failure, "\(host) refuses to let us in: \(last)",
        cure: "look at user and identity; ssh -v \(connection.host.name) tells what is tried")
    }
    if has("host key verification failed", "remote host identification has changed") {
      return BatonError(
        .failure, "the key of \(host) is not known, or another than it was: \(last)",
        cure: "connect once by hand and look at its fingerprint, or name its key in known_hosts")
    }
    if has("could not resolve hostname") {
      return BatonError(.failure, "there is no host \(host): \(last)", cure: "look at its name")
    }
    if has(
      "connection refused", "timed out", "no route to host", "network is unreachable", "connection closed",
      "connection reset", "broken pipe", "kex_exchange_identification")
    {
      return BatonError(.failure, "cannot reach \(host): \(last)", cure: "is it up, and does sshd listen there?")
    }
    return BatonError(.failure, "cannot work on \(host): \(last)")
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
