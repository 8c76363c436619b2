/// A Pod of Kubernetes that an attempt runs in: made for it, and removed behind it.
public struct PodSpec: Sendable, Hashable {
  /// The file that describes it, relative to the folder of the workflow's file; nil: it is one container of ``image``.
  public var manifest: Template?
  public var image: Template?
  /// Which of its containers the step runs in; nil: the first. The others run what the manifest says.
  public var container: Template?
  /// The cluster, as a context of `kubectl`; nil: `podman kube play` on this machine.
  public var context: Template?
  /// Of a service: the port of the Pod's network at which it listens, by the name of the port of this machine that leads there.
  public var publish: [String: Int] = [:]
  /// The cluster's nodes have the same files at the same paths: none are sent.
  public var isShared = false

  public init() {}

  /// Every text that it is made of, by its field.
  public var templates: [(name: String, text: Template)] {
    [("manifest", manifest), ("image", image), ("container", container), ("context", context)]
      .compactMap { name, text in text.map { (name, $0) } }
      + publish.sorted { $0.key < $1.key }.map { ("publish.\($0)", .plain(String($1))) }
      + (isShared ? [("shared", .plain("true"))] : [])
  }
}
