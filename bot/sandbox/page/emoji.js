// The emoji names people and Vigil commonly use, as characters; an unknown name stays `:name:`.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌
see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊|wastebasket 🗑️|eyes 👀|pray 🙏|wave 👋|clap 👏|raised_hands 🙌
ok_hand 👌|muscle 💪|point_up ☝️|point_right 👉|point_left 👈|point_down 👇|point_up_2 👆|handshake 🤝|raised_hand ✋
smile 😄|smiley 😃|grinning 😀|grin 😁|joy 😂|rofl 🤣|sweat_smile 😅|laughing 😆|slightly_smiling_face 🙂|blush 😊
wink 😉|heart_eyes 😍|sunglasses 😎|thinking_face 🤔|neutral_face 😐|expressionless 😑|face_with_rolling_eyes 🙄
sob 😭|cry 😢|disappointed 😞|confused 😕|worried 😟|angry 😠|rage 😡|scream 😱|flushed 😳|upside_down_face 🙃
sweat 😓|sleeping 😴|nerd_face 🤓|face_palm 🤦|facepalm 🤦|shrug 🤷|man-shrugging 🤷|woman-shrugging 🤷|hugging_face 🤗
melting_face 🫠|saluting_face 🫡|exploding_head 🤯|partying_face 🥳|zany_face 🤪|skull 💀|ghost 👻|robot_face 🤖
tada 🎉|rocket 🚀|fire 🔥|100 💯|sparkles ✨|star ⭐|zap ⚡|boom 💥|bulb 💡|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢
warning ⚠️|rotating_light 🚨|construction 🚧|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|question ❓|grey_question ❔
exclamation ❗|grey_exclamation ❕|information_source ℹ️|red_circle 🔴|large_blue_circle 🔵|large_green_circle 🟢
large_yellow_circle 🟡|white_circle ⚪|black_circle ⚫|green_heart 💚|heart ❤️|yellow_heart 💛|blue_heart 💙|broken_heart 💔
mag 🔍|link 🔗|lock 🔒|unlock 🔓|key 🔑|gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|toolbox 🧰|bug 🐛|memo 📝
book 📖|books 📚|bookmark 🔖|clipboard 📋|calendar 📅|date 📅|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️
alarm_clock ⏰|clock1 🕐|computer 💻|desktop_computer 🖥️|floppy_disk 💾|file_folder 📁|package 📦|inbox_tray 📥
outbox_tray 📤|email 📧|envelope ✉️|phone 📞|telephone_receiver 📞|pager 📟|satellite_antenna 📡|cloud ☁️|sunny ☀️
rainbow 🌈|snowflake ❄️|coffee ☕|beer 🍺|pizza 🍕|cake 🍰|doughnut 🍩|apple 🍎|seedling 🌱|evergreen_tree 🌲
dog 🐶|cat 🐱|crab 🦀|snake 🐍|whale 🐳|turtle 🐢|bee 🐝|owl 🦉|penguin 🐧|recycle ♻️|arrow_right ➡️|arrow_left ⬅️
arrow_up ⬆️|arrow_down ⬇️|arrows_counterclockwise 🔄|repeat 🔁|back 🔙|soon 🔜|new 🆕|sos 🆘|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|bar_chart 📊|moneybag 💰|dart 🎯|thread 🧵|speech_balloon 💬|thought_balloon 💭|zzz 💤
heavy_plus_sign ➕|heavy_minus_sign ➖|pushpin 📌|round_pushpin 📍|triangular_flag_on_post 🚩|checkered_flag 🏁|helmet_with_white_cross ⛑️
ambulance 🚑|fire_engine 🚒|party_popper 🎉|tumbler_glass 🥃|crossed_fingers 🤞|heavy_multiplication_x ✖️|technologist 🧑‍💻
`;

const CHARACTERS = new Map(
  TABLE.trim().split(/[|\n]/).map((pair) => {
    const gap = pair.indexOf(" ");
    return [pair.slice(0, gap), pair.slice(gap + 1)];
  }),
);

/** The quick reactions offered on every message; each means something to Vigil. */
export const QUICK = ["thumbsup", "thumbsdown", "white_check_mark", "see_no_evil", "wastebasket", "eyes", "pray"];

/** The character for an emoji name (skin tones ignored), or undefined when the name is not in the set. */
export function emoji(name) {
  return CHARACTERS.get(name.split("::")[0]);
}
