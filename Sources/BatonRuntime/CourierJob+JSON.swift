import BatonModel

extension CourierJob {
  var value: Value {
    var fields: [String: Value] = [
      "run": .string(place.run), "notes": .string(place.notes), "grace": .integer(place.grace.nanoseconds),
      "folders": .list(place.folders.map { .string($0) }), "step": .string(step), "attempt": .integer(Int64(attempt)),
      "arguments": .list(arguments.map { .string($0) }), "environment": .map(environment.mapValues { .string($0) }),
      "folder": .string(folder),
    ]
    if let input { fields["input"] = .string(input) }
    if let capture { fields["capture"] = .string(capture) }
    if let errand { fields["errand"] = .string(errand) }
    switch place.target {
    case .container(let container): fields["container"] = container.value
    }
    return .map(fields)
  }

  public init?(_ value: Value) {
    guard let run = value["run"]?.string, let notes = value["notes"]?.string, let grace = value["grace"]?.integer,
      let step = value["step"]?.string, let attempt = value["attempt"]?.integer, let folder = value["folder"]?.string,
      let arguments = value["arguments"]?.list?.compactMap(\.string), !arguments.isEmpty
    else { return nil }
    let target: Elsewhere.Target
    if let container = value["container"].flatMap(Elsewhere.Container.init) {
      target = .container(container)
    } else {
      return nil
    }
    place = Elsewhere(
      target: target, run: run, folders: (value["folders"]?.list ?? []).compactMap(\.string), notes: notes,
      grace: Span(nanoseconds: grace))
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
      "image": .string(image), "network": .string(network), "mounts": .list(mounts.map { .string($0) }),
      "pull": .string(pull.rawValue),
    ]
    if let engine { fields["engine"] = .string(engine) }
    if let user { fields["user"] = .string(user) }
    if let pids { fields["pids"] = .integer(Int64(pids)) }
    if let processors { fields["processors"] = .number(processors) }
    if let memory { fields["memory"] = .integer(memory) }
    return .map(fields)
  }

  fileprivate init?(_ value: Value) {
    guard let image = value["image"]?.string, let network = value["network"]?.string else { return nil }
    self.init(image: image, network: network)
    engine = value["engine"]?.string
    user = value["user"]?.string
    mounts = (value["mounts"]?.list ?? []).compactMap(\.string)
    pids = value["pids"]?.integer.map { Int(clamping: $0) }
    pull = (value["pull"]?.string).flatMap(ContainerSpec.Pull.init) ?? .missing
    processors = value["processors"]?.number
    memory = value["memory"]?.integer
  }
}
