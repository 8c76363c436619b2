/// Names of steps in refs, given others: what is written for a service of which there are several means the one of its user.
public protocol StepRenaming {
  /// Gives the refs in it other steps; `names`: a step's full name → what takes its place.
  mutating func rename(_ names: [String: String])
}

extension Optional: StepRenaming where Wrapped: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    guard var wrapped = self else { return }
    wrapped.rename(names)
    self = wrapped
  }
}

extension Array: StepRenaming where Element: StepRenaming {
  public mutating func rename(_ names: [String: String]) { for index in indices { self[index].rename(names) } }
}

extension Dictionary: StepRenaming where Value: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    self = mapValues { value in
      var value = value
      value.rename(names)
      return value
    }
  }
}

extension Expr: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    switch self {
    case .literal, .secret, .cell: break
    case .ref(var ref):
      guard let other = names[ref.step] else { return }
      ref.step = other
      self = .ref(ref)
    case .concat(var parts):
      parts.rename(names)
      self = .concat(parts)
    case .list(var parts):
      parts.rename(names)
      self = .list(parts)
    case .map(var inner, let function):
      inner.rename(names)
      self = .map(inner, function)
    case .raw(var inner):
      inner.rename(names)
      self = .raw(inner)
    case .tests(var list):
      list.tests.rename(names)
      list.shards.rename(names)
      self = .tests(list)
    case .table(var fields):
      fields.rename(names)
      self = .table(fields)
    }
  }
}

extension Template: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    guard case .dynamic(var expr) = self else { return }
    expr.rename(names)
    self = .dynamic(expr)
  }
}

extension Command: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    switch self {
    case .callback, .body: break
    case .shell(var text):
      text.rename(names)
      self = .shell(text)
    case .program(var words):
      words.rename(names)
      self = .program(words)
    case .call(var call):
      call.file.rename(names)
      call.params.rename(names)
      self = .call(call)
    case .request(var request):
      request.rename(names)
      self = .request(request)
    }
  }
}

extension ExecutorSpec: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    switch self {
    case .local: break
    case .container(var container):
      container.image.rename(names)
      container.user.rename(names)
      container.network.rename(names)
      container.mounts.rename(names)
      self = .container(container)
    case .ssh(var host):
      host.host.rename(names)
      host.user.rename(names)
      host.port.rename(names)
      host.identity.rename(names)
      host.config.rename(names)
      host.folder.rename(names)
      self = .ssh(host)
    case .pod(var pod):
      pod.manifest.rename(names)
      pod.image.rename(names)
      pod.container.rename(names)
      pod.context.rename(names)
      self = .pod(pod)
    }
  }
}

extension RetryPolicy: StepRenaming {
  public mutating func rename(_ names: [String: String]) { command.rename(names) }
}

extension ResultSource: StepRenaming {
  public mutating func rename(_ names: [String: String]) { patterns.rename(names) }
}

extension Alternative: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    command.rename(names)
    env.rename(names)
    cwd.rename(names)
    stdin.rename(names)
    retry.rename(names)
    executor.rename(names)
  }
}

extension StepOptions: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    env.rename(names)
    cwd.rename(names)
    stdin.rename(names)
    tests.rename(names)
    inputs.rename(names)
    outputs.rename(names)
    artifacts.rename(names)
    results.rename(names)
    if case .keyed(var key) = cache {
      key.rename(names)
      cache = .keyed(key)
    }
    executor.rename(names)
    network.rename(names)
    undo.rename(names)
    retry.rename(names)
    failover.rename(names)
  }
}

extension ProbeSpec: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    switch kind {
    case .command(var command):
      command.rename(names)
      kind = .command(command)
    case .tcp(var host, var ports):
      host.rename(names)
      ports.rename(names)
      kind = .tcp(host: host, ports: ports)
    case .http(var url, let statuses, var contains, var json):
      url.rename(names)
      contains.rename(names)
      json.rename(names)
      kind = .http(url: url, statuses: statuses, contains: contains, json: json)
    case .log(var text):
      text.rename(names)
      kind = .log(text)
    case .sql(var url, var query, var expect):
      url.rename(names)
      query.rename(names)
      expect.rename(names)
      kind = .sql(url: url, query: query, expect: expect)
    }
  }
}

extension ServiceSpec: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    command.rename(names)
    outputs.rename(names)
    traits.ready.rename(names)
    traits.health.rename(names)
    traits.setup.rename(names)
    traits.teardown.rename(names)
    for index in alternatives.indices {
      alternatives[index].ready.rename(names)
      alternatives[index].health.rename(names)
      alternatives[index].setup.rename(names)
      alternatives[index].teardown.rename(names)
      alternatives[index].outputs.rename(names)
    }
  }
}

extension Node: StepRenaming {
  /// What it does and is surrounded by; a group is left as it is: its members have what they inherit as their own.
  public mutating func rename(_ names: [String: String]) {
    switch kind {
    case .step(var command):
      command.rename(names)
      kind = .step(command)
    case .service(var service):
      service.rename(names)
      kind = .service(service)
    case .gate, .group: return
    }
    var values = options.value
    values.rename(names)
    if values != options.value { options = StepOptions.Shared(values) }
  }
}
