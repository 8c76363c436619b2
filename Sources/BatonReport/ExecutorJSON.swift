import BatonCore
import BatonModel

extension ExecutorSpec {
  /// `"local"`, or `{"container":{"image":"alpine:3",…}}`, `{"ssh":{"host":"build1",…}}`, or
  /// `{"pod":{"manifest":"pod.yaml",…}}`.
  var json: Value {
    switch self {
    case .local: return "local"
    case .container(let container):
      var fields: [String: Value] = ["image": .string(CommandText.text(container.image))]
      if let network = container.network { fields["network"] = .string(CommandText.text(network)) }
      if !container.publish.isEmpty { fields["publish"] = .map(container.publish.mapValues { .integer(Int64($0)) }) }
      if let engine = container.engine { fields["engine"] = .string(engine) }
      if let user = container.user { fields["user"] = .string(CommandText.text(user)) }
      if !container.mounts.isEmpty {
        fields["mounts"] = .list(container.mounts.map { .string(CommandText.text($0)) })
      }
      if let pids = container.pids { fields["pids"] = .integer(Int64(pids)) }
      if container.pull != .missing { fields["pull"] = .string(container.pull.rawValue) }
      return ["container": .map(fields)]
    case .ssh(let host):
      var fields = Dictionary(
        host.templates.map { ($0.name, Value.string(CommandText.text($0.text))) }, uniquingKeysWith: { $1 })
      if host.isShared { fields["shared"] = true }
      return ["ssh": .map(fields)]
    case .pod(let pod):
      var fields: [String: Value] = [:]
      for (name, text) in [
        ("manifest", pod.manifest), ("image", pod.image), ("container", pod.container), ("context", pod.context),
      ] {
        if let text { fields[name] = .string(CommandText.text(text)) }
      }
      if !pod.publish.isEmpty { fields["publish"] = .map(pod.publish.mapValues { .integer(Int64($0)) }) }
      if pod.isShared { fields["shared"] = true }
      return ["pod": .map(fields)]
    }
  }
}
