import BatonModel

/// `pod { manifest = "…" }`, or its manifest alone.
extension FieldReader {
  private static let podFields = ["manifest", "image", "container", "context", "publish", "shared"]

  func pod(_ item: LuaItem, _ path: [PathKey]) -> PodSpec? {
    var given = [LuaTable.Field("manifest", item)]
    if case .table = item {
      guard let fields = fields(item, path, expected: "a table such as pod { manifest = \"pod.yaml\" }") else {
        return nil
      }
      given = fields
    }
    var pod = PodSpec()
    for field in given {
      let place = path + [.name(field.key)]
      switch field.key {
      case "manifest": pod.manifest = word(field.value, place, such: "manifest = \"pod.yaml\"")
      case "image": pod.image = word(field.value, place, such: "image = \"alpine:3\"")
      case "container": pod.container = word(field.value, place, such: "container = \"main\"")
      case "context": pod.context = word(field.value, place, such: "context = \"kind-ci\"")
      case "publish": pod.publish = published(field.value, place)
      case "shared": pod.isShared = flag(field.value, place) ?? false
      case "namespace":
        error(
          "\"\(Self.text(of: place))\" is no field of a pod", place,
          cure: "its namespace is that of its manifest (metadata.namespace), or of the context")
      default: unknown(path, field.key, among: Self.podFields)
      }
    }
    let keys = Set(given.map(\.key))
    if keys.isDisjoint(with: ["manifest", "image"]) {
      error(
        "\"\(Self.text(of: path))\" needs \"manifest\" or \"image\"", path,
        cure: "such as pod { manifest = \"pod.yaml\" }", code: "B006")
      return nil
    }
    if keys.isSuperset(of: ["manifest", "image"]) {
      error(
        "\"\(Self.text(of: path))\" has either a manifest or an image", path,
        cure: "a manifest names the images of its containers")
    }
    if pod.manifest == nil, pod.container != nil {
      let place = path + [.name("container")]
      error("\"\(Self.text(of: place))\": a pod of an image has one container alone", place, cure: "leave it out")
    }
    if pod.isShared, pod.context == nil {
      error(
        "\"\(Self.text(of: path + [.name("shared")]))\" is for a cluster", path + [.name("shared")],
        cure: "without a context, pods run on this machine and have its files anyway: leave it out")
    }
    return pod
  }
}
