import BatonCore
import BatonModel

/// Where an attempt runs.
extension LaunchBuilder {
  /// nil: here.
  ///
  /// - Parameter service: the node, where it is one.
  func elsewhere(
    _ step: Effective, _ options: StepOptions, service: Node?
  ) throws(Evaluation.Failure) -> Elsewhere? {
    let target: Elsewhere.Target
    switch step.executor {
    case .local: return nil
    case .container(let spec): target = .container(try container(spec, options, service))
    case .ssh(let spec): target = .ssh(try host(spec, options))
    case .pod(let spec): target = .pod(try pod(spec, options, service))
    }
    // What workflow, records and logs are in; the files that attempts are handed lie there, too.
    var folders = [context.project.isEmpty ? context.scriptFolder : context.project]
    for folder in [context.scriptFolder, context.folder.path] where !folders.contains(where: { holds($0, folder) }) {
      folders.append(folder)
    }
    var place = Elsewhere(
      target: target, run: context.run, folders: folders, notes: context.folder.elsewhere, grace: options.grace)
    place.isOwn = step.isOwn
    return place
  }

  private func holds(_ folder: String, _ other: String) -> Bool {
    other == folder || other.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  private func host(_ spec: SSHSpec, _ options: StepOptions) throws(Evaluation.Failure) -> Elsewhere.Host {
    func text(_ template: Template?) throws(Evaluation.Failure) -> String? {
      guard let template else { return nil }
      return try evaluation.text(of: template)
    }
    var host = Elsewhere.Host(name: try evaluation.text(of: spec.host))
    host.user = try text(spec.user)
    host.port = try text(spec.port)
    if let identity = spec.identity { host.identity = try folder(identity) }
    if let config = spec.config { host.config = try folder(config) }
    host.folder = try text(spec.folder)
    host.isShared = spec.isShared
    try addFiles(of: options, to: &host)
    return host
  }

  private func addFiles(of options: StepOptions, to host: inout Elsewhere.Host) throws(Evaluation.Failure) {
    host.inputs = try evaluation.arguments(of: options.inputs)
    host.outputs = try evaluation.arguments(of: options.outputs + options.artifacts)
    host.results = try evaluation.arguments(of: options.results.flatMap(\.patterns))
  }

  private func container(
    _ spec: ContainerSpec, _ options: StepOptions, _ service: Node?
  ) throws(Evaluation.Failure) -> Elsewhere.Container {
    func text(_ template: Template?) throws(Evaluation.Failure) -> String? {
      guard let template else { return nil }
      return try evaluation.text(of: template)
    }
    var container = Elsewhere.Container(
      image: try evaluation.text(of: spec.image), network: try text(spec.network))
    guard !container.image.hasPrefix("-"), !container.image.isEmpty else {
      throw Evaluation.Failure.type("an image is called by its name: \"\(container.image)\" is none")
    }
    if ContainerSpec.isPath(container.image) {
      let path = try folder(spec.image)
      do throws(BatonError) {
        container.source = .init(path: path, digest: try image(path))
      } catch {
        container.source = .init(path: path, digest: nil, problem: error.message)
      }
    }
    container.published = try published(spec.publish, of: service, by: "a container")
    container.engine = spec.engine
    container.user = try text(spec.user)
    container.mounts = try evaluation.arguments(of: spec.mounts)
    container.pids = spec.pids
    container.pull = spec.pull
    (container.processors, container.memory) = limits(options)
    return container
  }

  /// Processors and bytes. A step that asks for nothing in particular is not held to it.
  private func limits(_ options: StepOptions) -> (Double?, Int64?) {
    guard options.resources != StepOptions.Shared.standard.value.resources else { return (nil, nil) }
    return (
      options.resources["cpu"].flatMap { $0 > 0 ? $0 : nil },
      options.resources["memory"].flatMap { Int64(exactly: $0.rounded()) }.flatMap { $0 > 0 ? $0 : nil }
    )
  }

  /// Ports of this machine that lead to ports of a service's own network.
  private func published(
    _ ports: [String: Int], of node: Node?, by place: String
  ) throws(Evaluation.Failure) -> [String: Int] {
    var found: [String: Int] = [:]
    for (name, port) in ports {
      guard let node, node.service?.ports.contains(name) == true else {
        throw Evaluation.Failure.type(
          "\(place) publishes the ports of its service: there is none of the name \"\(name)\" in \"ports\"")
      }
      found[try evaluation.value(of: .ref(Ref(step: node.name, path: [.name("port"), .name(name)]))).text] = port
    }
    return found
  }

  private func pod(
    _ spec: PodSpec, _ options: StepOptions, _ service: Node?
  ) throws(Evaluation.Failure) -> Elsewhere.Pod {
    var pod = Elsewhere.Pod(given: try (spec.manifest ?? spec.image).map(evaluation.text) ?? "")
    if let manifest = spec.manifest {
      let path = try folder(manifest)
      // Whether it can be read is told by who reads it.
      pod.source = .init(path: path, digest: try? image(path))
    }
    pod.container = try spec.container.map(evaluation.text)
    pod.context = try spec.context.map(evaluation.text)
    pod.published = try published(spec.publish, of: service, by: "a pod")
    // What runs on this machine finds its files in their places.
    pod.host.isShared = spec.isShared || spec.context == nil
    try addFiles(of: options, to: &pod.host)
    (pod.processors, pod.memory) = limits(options)
    return pod
  }
}
