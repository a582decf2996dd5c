import type { KnownBlock } from "@slack/types";

/** One of everything that may stand in a message. */
export function gallery(user: string): KnownBlock[] {
  const text = (words: string) => ({ type: "text" as const, text: words });
  return [
    { type: "header", text: { type: "plain_text", text: "Everything :ship:" } },
    {
      type: "section",
      text: {
        type: "mrkdwn",
        text: `*bold* _italic_ ~struck~ \`code\` *_both_* <https://example.org|a link> <@${user}> <#C0GPU> <!here> &lt;tag&gt; 2*3*4 :fire: :no_such_emoji:\n> a quote\nends <!date^1893456000^{date_num} {time}|then>\n\`\`\`pip install torch\nx &lt; y\`\`\`after`,
      },
      accessory: {
        type: "static_select",
        action_id: "pick",
        placeholder: { type: "plain_text", text: "Pick one" },
        options: ["alpha", "beta", "gamma"].map((name) => ({
          text: { type: "plain_text", text: name },
          value: name,
        })),
      },
    },
    {
      type: "table",
      rows: [
        [
          { type: "raw_text", text: "GPU" },
          { type: "raw_text", text: "Who" },
          { type: "raw_text", text: "Memory" },
        ],
        [
          { type: "raw_text", text: "GPU 0" },
          { type: "raw_text", text: "ana" },
          { type: "raw_text", text: "61 of 80 GB" },
        ],
        [
          { type: "raw_text", text: "GPU 1, slice 1 (10 GB)" },
          { type: "raw_text", text: "free" },
          { type: "raw_text", text: "0 of 10 GB" },
        ],
      ],
      column_settings: [{ is_wrapped: true }, { align: "center" }, { align: "right" }],
    },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [
            { ...text("Rich"), style: { bold: true, italic: true } },
            text(" and "),
            { ...text("monospaced"), style: { code: true } },
          ],
        },
        {
          type: "rich_text_list",
          style: "ordered",
          elements: [
            { type: "rich_text_section", elements: [text("first")] },
            { type: "rich_text_section", elements: [text("second")] },
          ],
        },
        {
          type: "rich_text_list",
          style: "bullet",
          indent: 1,
          elements: [{ type: "rich_text_section", elements: [text("deeper")] }],
        },
        { type: "rich_text_quote", elements: [text("Quoted.")] },
        {
          type: "rich_text_preformatted",
          border: 0,
          elements: [text("Host vision\n    HostName gpu1.example.org\n    Port 20022\n    User ana")],
        },
      ],
    },
    { type: "divider" },
    { type: "image", image_url: "https://pictures.example.org/load.png", alt_text: "Load of the GPUs today" },
    { type: "context", elements: [{ type: "mrkdwn", text: "Host key `SHA256:2u1yQGk0Yd0bTqfJ3mPz`" }] },
  ];
}
