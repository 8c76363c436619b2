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
    }
    // What workflow, records and logs are in; the files that attempts are handed lie there, too.
    var folders = [context.project.isEmpty ? context.scriptFolder : context.project]
    for folder in [context.scriptFolder, context.folder.path] where !folders.contains(where: { holds($0, folder) }) {
      folders.append(folder)
    }
    return Elsewhere(
      target: target, run: context.run, folders: folders, notes: context.folder.elsewhere, grace: options.grace)
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
    host.inputs = try evaluation.arguments(of: options.inputs)
    host.outputs = try evaluation.arguments(of: options.outputs + options.artifacts)
    host.results = try evaluation.arguments(of: options.results.flatMap(\.patterns))
    return host
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
    for (name, port) in spec.publish {
      guard let service, service.service?.ports.contains(name) == true else {
        throw Evaluation.Failure.type(
          "a container publishes the ports of its service: there is none of the name \"\(name)\" in \"ports\"")
      }
      let own = try evaluation.value(of: .ref(Ref(step: service.name, path: [.name("port"), .name(name)]))).text
      container.published[own] = port
    }
    container.engine = spec.engine
    container.user = try text(spec.user)
    container.mounts = try evaluation.arguments(of: spec.mounts)
    container.pids = spec.pids
    container.pull = spec.pull
    // A step that asks for nothing in particular is not held to it.
    if options.resources != StepOptions.Shared.standard.value.resources {
      container.processors = options.resources["cpu"].flatMap { $0 > 0 ? $0 : nil }
      container.memory = options.resources["memory"].flatMap { Int64(exactly: $0.rounded()) }.flatMap {
        $0 > 0 ? $0 : nil
      }
    }
    return container
  }
}
