import BatonModel

extension Command {
  /// Every ref in the command, in order.
  func forEachRef(_ visit: (Ref) -> Void) {
    switch self {
    case .shell(let text): text.forEachRef(visit)
    case .program(let words): for word in words { word.forEachRef(visit) }
    case .callback, .body: break
    case .request(let request): request.forEachRef(visit)
    case .call(let call):
      call.file.expr.forEachRef(visit)
      for name in call.params.keys.sorted() { call.params[name]?.forEachRef(visit) }
    }
  }
}

extension Template {
  fileprivate func forEachRef(_ visit: (Ref) -> Void) {
    if case .dynamic(let expr) = self { expr.forEachRef(visit) }
  }
}

extension StepOptions {
  /// Every ref in the options, without repetition.
  var refs: [Ref] {
    var found: [Ref] = []
    func visit(_ ref: Ref) { if !found.contains(ref) { found.append(ref) } }
    for name in env.keys.sorted() { env[name]?.forEachRef(visit) }
    cwd?.forEachRef(visit)
    stdin?.forEachRef(visit)
    tests?.forEachRef(visit)
    for text in inputs + outputs + artifacts + results.flatMap(\.patterns) { text.forEachRef(visit) }
    if case .keyed(let key) = cache { key.forEachRef(visit) }
    for (_, text) in executor.templates { text.forEachRef(visit) }
    if case .of(let service) = network { visit(Ref(step: service, path: [.name("host")])) }
    undo?.forEachRef(visit)
    retry.command?.forEachRef(visit)
    for alternative in failover {
      alternative.command?.forEachRef(visit)
      alternative.retry?.command?.forEachRef(visit)
      for name in (alternative.env ?? [:]).keys.sorted() { alternative.env?[name]?.forEachRef(visit) }
      alternative.cwd?.forEachRef(visit)
      alternative.stdin?.forEachRef(visit)
      for (_, text) in alternative.executor?.templates ?? [] { text.forEachRef(visit) }
    }
    return found
  }
}
