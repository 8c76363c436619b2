import BatonModel

/// `executor`: where a step runs.
extension FieldReader {
  private static let containerFields = ["image", "engine", "user", "network", "mounts", "pids", "publish", "pull"]

  private static let sshFields = ["host", "user", "port", "identity", "config", "folder", "shared"]
  private static let executors =
    "\"local\", container { image = \"…\" }, ssh { host = \"…\" } or pod { manifest = \"…\" }"

  func executor(_ item: LuaItem, _ path: [PathKey]) -> ExecutorSpec? {
    switch item {
    case .string("local"): return .local
    case .object("executor", .table(let payload)):
      let fields = payload.items.count > 1 ? payload.items[1] : .null
      switch payload.items.first?.string {
      case "ssh": return ssh(fields, path).map { .ssh($0) }
      case "pod": return pod(fields, path).map { .pod($0) }
      default: return container(fields, path).map { .container($0) }
      }
    case .string(let text):
      let cures = [
        "container": "container { image = \"…\" }", "docker": "container { image = \"…\" }",
        "podman": "container { image = \"…\" }", "ssh": "ssh { host = \"…\" }",
        "pod": "pod { manifest = \"…\" }", "kubernetes": "pod { manifest = \"…\" }",
        "kubectl": "pod { manifest = \"…\", context = \"…\" }",
      ]
      wrong(path, expected: Self.executors, got: item, cure: cures[text])
    case .null, .bool, .integer, .number, .table, .function, .object:
      wrong(path, expected: Self.executors, got: item)
    }
    return nil
  }

  private func ssh(_ item: LuaItem, _ path: [PathKey]) -> SSHSpec? {
    // The host may stand alone.
    var given = [LuaTable.Field("host", item)]
    if case .table = item {
      guard let fields = fields(item, path, expected: "a table such as ssh { host = \"build1\" }") else { return nil }
      given = fields
    }
    var host = SSHSpec(host: .plain(""))
    for field in given {
      let place = path + [.name(field.key)]
      switch field.key {
      case "host": host.host = word(field.value, place, such: "host = \"build1\"") ?? host.host
      case "user": host.user = word(field.value, place, such: "user = \"ci\"")
      case "port":
        if let number = field.value.double, !(1...65_535).contains(number) || number != number.rounded() {
          wrong(place, expected: "a number from 1 to 65535", got: field.value)
        } else {
          host.port = template(field.value, place)
        }
      case "identity": host.identity = template(field.value, place)
      case "config": host.config = template(field.value, place)
      case "folder": host.folder = template(field.value, place)
      case "shared": host.isShared = flag(field.value, place) ?? false
      default: unknown(path, field.key, among: Self.sshFields)
      }
    }
    if !given.contains(where: { $0.key == "host" }) {
      error(
        "\"\(Self.text(of: path))\" needs \"host\"", path, cure: "such as ssh { host = \"build1\" }", code: "B006")
      return nil
    }
    if host.isShared, host.folder != nil {
      error("\"\(Self.text(of: path))\" has either \"shared\" or a folder of its own", path)
    }
    return host
  }

  /// Something that can be no option of the program that it is handed to.
  func word(_ item: LuaItem, _ path: [PathKey], such example: String) -> Template? {
    guard let template = template(item, path) else { return nil }
    if case .plain(let text) = template, text.isEmpty || text.hasPrefix("-") || text.utf8.contains(where: { $0 <= 32 })
    {
      error("\"\(Self.text(of: path))\" can't be \"\(text)\"", path, cure: "such as \(example)")
      return nil
    }
    return template
  }

  private func container(_ item: LuaItem, _ path: [PathKey]) -> ContainerSpec? {
    // The image may stand alone.
    var given = [LuaTable.Field("image", item)]
    if case .table = item {
      guard let fields = fields(item, path, expected: "a table such as container { image = \"alpine:3\" }") else {
        return nil
      }
      given = fields
    }
    var container = ContainerSpec(image: .plain(""))
    for field in given {
      let place = path + [.name(field.key)]
      switch field.key {
      case "image": container.image = image(field.value, place) ?? container.image
      case "engine":
        container.engine = choice(field.value, place, ContainerEngine.self)?.rawValue
      case "user": container.user = template(field.value, place)
      case "network": container.network = template(field.value, place) ?? container.network
      case "mounts": container.mounts = mounts(field.value, place)
      case "pids":
        container.pids = integer(
          field.value, place, in: 1...4_194_304, expected: "how many processes at most, from 1 on"
        ).map { Int($0) }
      case "publish": container.publish = published(field.value, place)
      case "pull": container.pull = choice(field.value, place, ContainerSpec.Pull.self) ?? container.pull
      default: unknown(path, field.key, among: Self.containerFields)
      }
    }
    if !given.contains(where: { $0.key == "image" }) {
      error(
        "\"\(Self.text(of: path))\" needs \"image\"", path, cure: "such as container { image = \"alpine:3\" }",
        code: "B006")
      return nil
    }
    let network = given.first { $0.key == "network" }
    if !container.publish.isEmpty, network == nil { container.network = nil }
    if !container.publish.isEmpty, case .plain(let text)? = container.network, text == "host" || text == "none" {
      error(
        "\"\(Self.text(of: path))\": nothing can be published of the network \"\(text)\"", path,
        cure: "leave network out, or name one of the engine's own")
    }
    return container
  }

  func published(_ item: LuaItem, _ path: [PathKey]) -> [String: Int] {
    var ports: [String: Int] = [:]
    for field in fields(item, path, expected: "a table such as { http = 80 }") ?? [] {
      let place = path + [.name(field.key)]
      let port = integer(field.value, place, in: 1...65_535, expected: "the port at which it listens there, 1 to 65535")
      ports[field.key] = port.map { Int($0) }
    }
    return ports
  }

  private func image(_ item: LuaItem, _ path: [PathKey]) -> Template? {
    if let template = template(item, path), case .plain(let text) = template, ContainerSpec.isPath(text) {
      return template
    }
    return word(item, path, such: "image = \"alpine:3\"")
  }

  private func mounts(_ item: LuaItem, _ path: [PathKey]) -> [Template] {
    let mounts = globs(item, path) ?? []
    for case .plain(let text) in mounts where !text.hasPrefix("/") {
      error(
        "\"\(Self.text(of: path))\": \"\(text)\" does not begin with an absolute path", path,
        cure: "OUTSIDE, OUTSIDE:INSIDE or OUTSIDE:INSIDE:ro, such as \"/var/cache/shop:/cache:ro\"")
    }
    return mounts
  }
}

/// The programs that run containers.
enum ContainerEngine: String, CaseIterable { case docker, podman }
