import BatonImport
import BatonModel
import Testing

@Suite struct PodManifestTests {
  private func read(_ text: String) throws(Diagnostics) -> PodManifest {
    try PodManifest(Array(text.utf8), file: "pod.yaml")
  }

  private func mistakes(_ text: String) -> String {
    do throws(Diagnostics) {
      _ = try read(text)
      return ""
    } catch { return error.text }
  }

  @Test("Numbers with a first 0 are octal, as YAML 1.1 and Kubernetes have it") func octal() throws {
    let manifest = try read(
      """
      apiVersion: v1
      kind: Pod
      spec:
        containers: [{name: main, image: gcc}]
        volumes: [{name: key, secret: {secretName: key, defaultMode: 0400}}, {name: n, secret: {defaultMode: 0}}]
      """)
    let pod = manifest.pod(PodManifest.Addition(name: "baton-1", container: "main", command: nil))
    let volumes = pod["spec"]?["volumes"]?.list ?? []
    #expect(volumes.map { $0["secret"]?["defaultMode"] } == [256, 0], "\(volumes)")
  }

  @Test("A pod of an attempt keeps what its manifest says, and adds what the attempt needs") func pod() throws {
    let manifest = try read(
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: given, namespace: ci, labels: {app: shop}}
      spec:
        restartPolicy: Always
        nodeSelector: {disk: fast}
        volumes: [{name: own, emptyDir: {}}]
        containers:
          - {name: db, image: "postgres:15", args: [-c, fsync=off], livenessProbe: {periodSeconds: 1}}
          - name: main
            image: gcc:14
            command: [/bin/false]
            args: [x]
            livenessProbe: {periodSeconds: 1}
            volumeMounts: [{name: own, mountPath: /own}]
            resources: {requests: {cpu: 1}, limits: {cpu: 4}}
      """)
    #expect(manifest.containers == ["db", "main"] && manifest.namespace == "ci")
    #expect(!manifest.limitsMemory(of: "main"), "a limit of processors is none")
    var addition = PodManifest.Addition(name: "baton-1", container: "main", command: ["sh", "-c", "wait"])
    addition.labels = ["baton.run": "r"]
    addition.folders = ["/project"]
    addition.published = [20_001: 80]
    addition.processors = 0.5
    addition.memory = 1 << 20
    let pod = manifest.pod(addition)
    #expect(
      pod["metadata"] == [
        "name": "baton-1", "namespace": "ci", "labels": ["app": "shop", "baton.run": "r"], "annotations": .map([:]),
      ])
    let spec = pod["spec"]
    #expect(spec?["restartPolicy"] == "Never" && spec?["nodeSelector"]?["disk"] == "fast")
    #expect(spec?["hostNetwork"] == nil)
    let containers = spec?["containers"]?.list ?? []
    #expect(containers[0]["args"] == ["-c", "fsync=off"] && containers[0]["livenessProbe"] != nil, "it is let be")
    #expect(containers[0]["volumeMounts"] == nil && containers[0]["resources"] == nil)
    let main = containers[1]
    #expect(main["command"] == ["sh", "-c", "wait"] && main["args"] == nil && main["livenessProbe"] == nil)
    #expect(main["volumeMounts"]?.list?.map { $0["mountPath"]?.string } == ["/own", "/project"])
    #expect(spec?["volumes"]?.list?.last?["hostPath"] == ["path": "/project", "type": "Directory"])
    #expect(main["ports"]?.list == [["containerPort": 80, "hostPort": 20_001, "hostIP": "127.0.0.1"]])
    #expect(main["resources"]?["limits"] == ["cpu": 4, "memory": "1048576"], "what the manifest says stands")
    #expect(main["resources"]?["requests"] == ["cpu": 1])
  }

  @Test("Whether a manifest limits the memory of a container is told of that one alone") func memory() throws {
    let limited = try read(
      """
      apiVersion: v1
      kind: Pod
      spec:
        containers:
          - {name: db, image: db, resources: {limits: {memory: 64Mi}}}
          - {name: main, image: main, resources: {requests: {memory: 1Mi}}}
      """)
    #expect(limited.limitsMemory(of: "db") && !limited.limitsMemory(of: "main"))
    #expect(!PodManifest(image: "x").limitsMemory(of: "main"))
  }

  @Test("A pod has the node's network only where its manifest leaves that open") func network() throws {
    var addition = PodManifest.Addition(name: "n", container: "main", command: ["x"])
    addition.isOfNode = true
    addition.processors = 0.25
    let alone = PodManifest(image: "alpine:3").pod(addition)
    #expect(alone["spec"]?["hostNetwork"] == true)
    #expect(alone["spec"]?["containers"]?.list?.first?["resources"]?["limits"]?["cpu"] == "250m")
    let head = "apiVersion: v1\nkind: Pod\nspec:\n"
    for rest in [
      "  hostNetwork: false\n  containers: [{name: main, image: a}]",
      "  containers: [{name: main, image: a, ports: [{containerPort: 80, hostPort: 80}]}]",
    ] {
      #expect(try read(head + rest).pod(addition)["spec"]?["hostNetwork"] != true, "\(rest)")
    }
  }

  @Test("What is wrong with a manifest is told with its place and cure") func mistakes() {
    #expect(mistakes("kind: [").contains("pod.yaml:2:1: error: bad YAML"))
    #expect(mistakes("- 1").contains("pod.yaml:1:1: error: a Pod is a map with kind, metadata and spec, not a list"))
    #expect(
      mistakes("apiVersion: apps/v1\nkind: Deployment\nspec: {}") == """
        pod.yaml:2:7: error: kind is "Deployment": what runs is a Pod
          let a file have its template alone: kind: Pod, and what stands below spec.template
        """)
    #expect(
      mistakes(
        "apiVersion: v2\nkind: Pod\nmetadata: 7\nspec:\n  volumes: 1\n  containers:\n  - image: a\n    env: x\n  - 5\n")
          == """
          pod.yaml:1:13: error: apiVersion is "v2": that of a Pod is v1
          pod.yaml:3:11: error: metadata is a map, not 7
          pod.yaml:5:12: error: spec.volumes is a list, not 1
          pod.yaml:8:10: error: spec.containers[0].env is a list, not "x"
          pod.yaml:7:5: error: spec.containers[0] has no name
          pod.yaml:9:5: error: spec.containers[1] is a map, not 5
          """)
    #expect(mistakes("apiVersion: v1\nkind: Pod\nspec: {}").contains("spec.containers is missing"))
    #expect(mistakes("apiVersion: v1\nkind: Pod\n---\nkind: Service").contains("let the other be a file of its own"))
    #expect(mistakes("").contains("pod.yaml:1:1"))
  }
}
