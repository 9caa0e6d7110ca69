import Foundation

/// The definition that makes a real server serve what the stand-in serves anyway.
enum CustomResource {
    static func define(on bench: Bench) throws {
        let body = """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", \
            "metadata": {"name": "widgets.lab.example.com"}, "spec": {"group": "lab.example.com", \
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", \
            "listKind": "WidgetList"}, "scope": "Namespaced", "versions": [{"name": "v1", \
            "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", \
            "x-kubernetes-preserve-unknown-fields": true}}}]}}
            """
        _ = try bench.send(
            "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body: body,
            headers: ["content-type": "application/json"])
        let end = Date() + 30
        while Date() < end {
            let path = "/apis/lab.example.com/v1/namespaces/default/widgets"
            let answer = try bench.send("GET", path)
            let discovery = try bench.send("GET", "/apis/lab.example.com/v1")
            if answer.status == 200, discovery.status == 200 { return }
            usleep(100_000)
        }
        throw ProgramFailure(description: "the custom resource isn't served")
    }
}
