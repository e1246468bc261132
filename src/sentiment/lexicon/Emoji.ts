/**
 * Emoji by mood, and symbols that chats laugh or cry with. Our own work; the scale is that of the
 * other tables, -4 to 4. Emoji that are not listed (objects, flags, food) are neutral.
 */

export interface EmojiGroup {
  /** -4 to 4. */
  readonly valence: number
  /** Single code points, separated by white space. */
  readonly symbols: string
}

export const EMOJI: ReadonlyArray<EmojiGroup> = [
  // Laughter and joy.
  { valence: 2.4, symbols: "😂 🤣 😹 😆 😁 😄 😃 😀 😅 😸 🥳 🤩 😺 🫠 🤪 😝 😜 😛 🤭" },
  // Love and affection.
  {
    valence: 2.6,
    symbols:
      "❤ ♥ 💕 💖 💗 💓 💞 💘 💝 💟 💙 💚 💛 💜 🧡 🖤 🤍 🤎 🩷 🩵 🩶 😍 🥰 😘 😻 😗 😙 😚 😽 💋 💑 💏 🤗 🫂 🫶 🥹 ❣ 💌"
  },
  // Content, friendly, cool.
  {
    valence: 1.7,
    symbols:
      "😊 🙂 ☺ 😇 😌 😋 😉 😎 🤠 😏 🙃 🤓 🤤 🫡 😼 👋 🤙 🤝 🤟 🌹 🌸 🌺 🌷 🌻 🌞 ☀ 🌈 🍀 🐶 🐱 🐰 🐼 🦄 🦊 🐥 🐣 🕊"
  },
  // Applause, victory, celebration.
  {
    valence: 2.3,
    symbols:
      "👏 🙌 👍 👌 🎉 🎊 🥂 🍻 🍾 🏆 🥇 🏅 🎖 💪 🔥 💯 ✨ 🌟 ⭐ 💥 🚀 👑 💎 🎂 🎁 🎈 🎇 🎆 ✅ ✔ ✌ 🤘 🆒 🆗 🥈 🥉 🐐 💃 🕺 🎶 🎵 🎸 🪩 ⚡ 🤑"
  },
  // Hope and thanks.
  { valence: 1.3, symbols: "🙏 🤞 ☘ 🛐 🤲 🫰 🤌" },
  // The crab raves: something is gone, and the chat dances on its grave.
  { valence: 1.2, symbols: "🦀" },
  // "I am dead": laughter at a mishap.
  { valence: 0.9, symbols: "💀" },
  // Sorrow.
  { valence: -2.2, symbols: "😢 😭 😞 😔 😟 🙁 ☹ 😿 😥 😓 😩 😫 😖 😣 😪 🥺 💔 😧 😦 🥀 😰 🤕 🤒 ⚰ 🪦" },
  // Anger, contempt, disgust.
  {
    valence: -2.3,
    symbols: "😡 😠 🤬 😤 👿 😾 🤮 🤢 💩 👎 🖕 🤡 🙄 😒 😑 🥱 💢 🤦 🙅 😬 🤥 🐍 🧂 🗑 🚮 😷 🐀 🤏 👺 👹"
  },
  // Fear and death.
  { valence: -1.6, symbols: "😱 😨 😳 😵 🥶 ☠ 🆘 ⚠ ❌ 🚫 😶 😐 😕 🫤 🫣 🥴 💣 🔪 🩸 🚩 ❗ ‼ 📉 🚨" },
  // Laughing and weeping letters of Korean and Japanese.
  { valence: 1.6, symbols: "ㅋ 笑 草 ㅎ ｗ 哈 ８ 凄 神 赞 棒" },
  { valence: -1.6, symbols: "ㅠ ㅜ 泣 哭 怒 恨" }
]
