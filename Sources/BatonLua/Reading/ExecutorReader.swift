import BatonModel

/// `executor`: where a step runs.
extension FieldReader {
  private static let containerFields = ["image", "engine", "user", "network", "mounts", "pids", "pull"]

  func executor(_ item: LuaItem, _ path: [PathKey]) -> ExecutorSpec? {
    switch item {
    case .string("local"): return .local
    case .object("executor", .table(let payload)):
      let fields = payload.items.count > 1 ? payload.items[1] : .null
      return container(fields, path).map { .container($0) }
    case .string(let text):
      wrong(
        path, expected: "\"local\" or container { image = \"…\" }", got: item,
        cure: text == "container" || text == "docker" || text == "podman" ? "container { image = \"…\" }" : nil)
    case .null, .bool, .integer, .number, .table, .function, .object:
      wrong(path, expected: "\"local\" or container { image = \"…\" }", got: item)
    }
    return nil
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
    return container
  }

  private func image(_ item: LuaItem, _ path: [PathKey]) -> Template? {
    guard let image = template(item, path) else { return nil }
    if case .plain(let text) = image, text.isEmpty || text.hasPrefix("-") || text.utf8.contains(where: { $0 <= 32 }) {
      error("\"\(Self.text(of: path))\": \"\(text)\" is no image", path, cure: "such as image = \"alpine:3\"")
      return nil
    }
    return image
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
