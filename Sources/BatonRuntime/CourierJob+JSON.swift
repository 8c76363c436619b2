import BatonModel

extension CourierJob {
  var value: Value {
    var fields: [String: Value] = [
      "run": .string(place.run), "notes": .string(place.notes), "grace": .integer(place.grace.nanoseconds),
      "folders": .list(place.folders.map { .string($0) }), "step": .string(step), "attempt": .integer(Int64(attempt)),
      "arguments": .list(arguments.map { .string($0) }), "environment": .map(environment.mapValues { .string($0) }),
      "folder": .string(folder),
    ]
    if place.isOwn { fields["own"] = true }
    if let input { fields["input"] = .string(input) }
    if let capture { fields["capture"] = .string(capture) }
    if let errand { fields["errand"] = .string(errand) }
    switch place.target {
    case .container(let container): fields["container"] = container.value
    case .ssh(let host): fields["ssh"] = host.value
    case .pod(let pod): fields["pod"] = pod.value
    }
    return .map(fields)
  }

  public init?(_ value: Value) {
    guard let run = value["run"]?.string, let notes = value["notes"]?.string, let grace = value["grace"]?.integer,
      let step = value["step"]?.string, let attempt = value["attempt"]?.integer, let folder = value["folder"]?.string,
      let arguments = value["arguments"]?.list?.compactMap(\.string)
    else { return nil }
    let target: Elsewhere.Target
    if let container = value["container"].flatMap(Elsewhere.Container.init) {
      target = .container(container)
    } else if let host = value["ssh"].flatMap(Elsewhere.Host.init) {
      target = .ssh(host)
    } else if let pod = value["pod"].flatMap(Elsewhere.Pod.init) {
      target = .pod(pod)
    } else {
      return nil
    }
    // A container or a pod may have a program of its own.
    if arguments.isEmpty, case .ssh = target { return nil }
    place = Elsewhere(
      target: target, run: run, folders: (value["folders"]?.list ?? []).compactMap(\.string), notes: notes,
      grace: Span(nanoseconds: grace))
    place.isOwn = value["own"]?.bool == true
    self.step = step
    self.attempt = Int(clamping: attempt)
    self.arguments = arguments
    environment = (value["environment"]?.map ?? [:]).compactMapValues(\.string)
    self.folder = folder
    input = value["input"]?.string
    capture = value["capture"]?.string
    errand = value["errand"]?.string
  }
}

extension Elsewhere.Container {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "image": .string(image), "published": .map(published.mapValues { .integer(Int64($0)) }),
      "mounts": .list(mounts.map { .string($0) }),
      "pull": .string(pull.rawValue),
    ]
    if let network { fields["network"] = .string(network) }
    if let source { fields["source"] = source.value }
    if let engine { fields["engine"] = .string(engine) }
    if let user { fields["user"] = .string(user) }
    if let pids { fields["pids"] = .integer(Int64(pids)) }
    if let processors { fields["processors"] = .number(processors) }
    if let memory { fields["memory"] = .integer(memory) }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let image = value["image"]?.string else { return nil }
    self.init(image: image, network: value["network"]?.string)
    published = (value["published"]?.map ?? [:]).compactMapValues { $0.integer.flatMap { Int(exactly: $0) } }
    source = value["source"].flatMap(Source.init)
    engine = value["engine"]?.string
    user = value["user"]?.string
    mounts = (value["mounts"]?.list ?? []).compactMap(\.string)
    pids = value["pids"]?.integer.map { Int(clamping: $0) }
    pull = (value["pull"]?.string).flatMap(ContainerSpec.Pull.init) ?? .missing
    processors = value["processors"]?.number
    memory = value["memory"]?.integer
  }
}

extension Elsewhere.Container.Source {
  fileprivate var value: Value {
    var fields: [String: Value] = ["path": .string(path)]
    if let digest { fields["digest"] = .string(digest) }
    if let problem { fields["problem"] = .string(problem) }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let path = value["path"]?.string else { return nil }
    self.init(path: path, digest: value["digest"]?.string, problem: value["problem"]?.string)
  }
}

extension Elsewhere.Pod {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "given": .string(given), "published": .map(published.mapValues { .integer(Int64($0)) }), "host": host.value,
    ]
    if let source { fields["source"] = source.value }
    if let container { fields["container"] = .string(container) }
    if let context { fields["context"] = .string(context) }
    if let processors { fields["processors"] = .number(processors) }
    if let memory { fields["memory"] = .integer(memory) }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let given = value["given"]?.string else { return nil }
    self.init(given: given)
    source = value["source"].flatMap(Elsewhere.Container.Source.init)
    published = (value["published"]?.map ?? [:]).compactMapValues { $0.integer.flatMap { Int(exactly: $0) } }
    host = value["host"].flatMap(Elsewhere.Host.init) ?? host
    container = value["container"]?.string
    context = value["context"]?.string
    processors = value["processors"]?.number
    memory = value["memory"]?.integer
  }
}

extension Elsewhere.Host {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "name": .string(name), "shared": .bool(isShared), "inputs": .list(inputs.map { .string($0) }),
      "outputs": .list(outputs.map { .string($0) }), "results": .list(results.map { .string($0) }),
    ]
    for (key, text) in [("user", user), ("port", port), ("identity", identity), ("config", config), ("folder", folder)]
    {
      if let text { fields[key] = .string(text) }
    }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let name = value["name"]?.string else { return nil }
    self.init(name: name)
    user = value["user"]?.string
    port = value["port"]?.string
    identity = value["identity"]?.string
    config = value["config"]?.string
    folder = value["folder"]?.string
    isShared = value["shared"] == true
    inputs = (value["inputs"]?.list ?? []).compactMap(\.string)
    outputs = (value["outputs"]?.list ?? []).compactMap(\.string)
    results = (value["results"]?.list ?? []).compactMap(\.string)
  }
}
