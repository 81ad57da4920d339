"""Reads traditional Chinese, full-width letters and digits as simplified and plain ones, so that words meet whatever their dress."""

from __future__ import annotations

import re

PAIRS = (
    "體体 國国 這这 個个 們们 說说 會会 對对 時时 來来 過过 為为 沒没 還还 後后 麼么 樣样 問问 題题 請请 錯错 誤误 報报 訊讯 記记 錄录 檔档 資资 庫库 連连 線线 網网 "
    "絡络 電电 腦脑 機机 務务 啟启 動动 開开 關关 閉闭 無无 權权 驗验 證证 憑凭 碼码 設设 備备 環环 測测 試试 運运 維维 護护 監监 視视 異异 處处 應应 變变 數数 據据 "
    "結结 構构 編编 譯译 號号 鏡镜 選选 單单 響响 雙双 頁页 點点 擊击 顯显 圖图 終终 斷断 載载 傳传 輸输 級级 復复 製制 壓压 縮缩 滿满 間间 隊队 積积 費费 計计 劃划 "
    "歷历 誰谁 幫帮 謝谢 讓让 覺觉 現现 發发 實实 際际 當当 從从 將将 與与 並并 兩两 裡里 裏里 邊边 進进 遠远 遲迟 達达 週周 見见 觀观 規规 則则 質质 負负 鏈链 鍵键 "
    "鎖锁 門门 閘闸 閱阅 訂订 閃闪 陣阵 階阶 陸陆 險险 隨随 隱隐 離离 難难 雲云 靜静 須须 預预 領领 頭头 頻频 額额 類类 風风 飛飞 餘余 驅驱 驟骤 髮发 鬆松 麗丽 黃黄 "
    "齊齐 龍龙 龜龟 亂乱 亞亚 產产 億亿 僅仅 價价 儲储 優优 償偿 儘尽 內内 兒儿 冊册 軍军 準准 凍冻 淨净 減减 剛刚 創创 刪删 別别 劑剂 勞劳 勢势 勝胜 匯汇 區区 協协 "
    "卻却 參参 叢丛 吳吴 員员 啞哑 喚唤 喬乔 嗎吗 嘗尝 團团 圍围 園园 圓圆 執执 場场 塊块 塵尘 墊垫 壞坏 壽寿 夠够 夢梦 夾夹 奪夺 奮奋 婦妇 媽妈 學学 孫孙 寧宁 審审 "
    "寫写 寬宽 寶宝 專专 尋寻 導导 屆届 屬属 島岛 帥帅 師师 帳帐 帶带 幀帧 幣币 幾几 廠厂 廢废 廣广 廳厅 張张 強强 彈弹 彙汇 徑径 徵征 恆恒 惡恶 愛爱 態态 慮虑 憶忆 "
    "懶懒 戰战 戲戏 戶户 拋抛 捨舍 掃扫 掛挂 採采 換换 揮挥 損损 搖摇 搶抢 摺折 撥拨 擁拥 擇择 擋挡 擔担 擬拟 擴扩 擺摆 擾扰 攔拦 攝摄 敗败 敘叙 斂敛 於于 舊旧 昇升 "
    "晝昼 暫暂 暢畅 曆历 書书 朧胧 東东 條条 極极 槍枪 樂乐 標标 樓楼 樞枢 橋桥 檢检 欄栏 歡欢 歲岁 歸归 殘残 殺杀 殼壳 毀毁 氣气 決决 況况 洩泄 渾浑 湊凑 溝沟 滅灭 "
    "滯滞 漢汉 漲涨 漸渐 潔洁 潛潜 濃浓 濟济 濫滥 瀏浏 瀾澜 灣湾 災灾 煩烦 熱热 燈灯 燒烧 爭争 爾尔 牆墙 狀状 獎奖 獨独 獲获 獻献 瑣琐 畫画 疊叠 瘋疯 療疗 盡尽 盤盘 "
    "盧卢 眾众 睜睁 矚瞩 礎础 確确 禦御 禮礼 種种 稱称 穩稳 窮穷 竄窜 競竞 筆笔 筍笋 節节 範范 築筑 簡简 簽签 籤签 糾纠 紀纪 約约 紅红 純纯 紙纸 紛纷 細细 紹绍 組组 "
    "絕绝 給给 統统 經经 綁绑 綜综 綠绿 緊紧 緒绪 緩缓 緯纬 練练 縣县 績绩 織织 繞绕 繪绘 繫系 繼继 續续 罰罚 羅罗 義义 習习 聯联 聲声 聽听 職职 肅肃 腳脚 腫肿 膚肤 "
    "臨临 舉举 艦舰 藝艺 莊庄 萬万 葉叶 著着 蘇苏 蘭兰 蟲虫 術术 衛卫 衝冲 補补 裝装 複复 覆复 覽览 觸触 訪访 訓训 託托 訝讶 許许 訴诉 診诊 詞词 詢询 該该 詳详 認认 "
    "語语 誠诚 課课 調调 談谈 論论 諮咨 講讲 識识 譜谱 議议 讀读 豐丰 貝贝 財财 貨货 責责 貴贵 買买 貼贴 賀贺 賊贼 賓宾 賞赏 賠赔 賣卖 購购 贈赠 贊赞 趕赶 趨趋 跡迹 "
    "蹤踪 躍跃 軌轨 軟软 較较 輕轻 輛辆 輝辉 輪轮 轉转 辦办 辭辞 農农 遊游 違违 遞递 遷迁 遺遗 邏逻 郵邮 鄰邻 醜丑 醫医 釋释 針针 鈕钮 鈴铃 銀银 銷销 錢钱 鍋锅 鐘钟 "
    "鐵铁 鑑鉴 鑰钥 長长 閒闲 閥阀 闖闯 闡阐 陳陈 陰阴 雖虽 雜杂 雞鸡 霧雾 韓韩 順顺 頓顿 頗颇 顆颗 願愿 顧顾 飯饭 飲饮 館馆 馬马 駐驻 駕驾 騙骗 騰腾 驚惊 鬧闹 魚鱼 "
    "鮮鲜 鳥鸟 鹽盐 麥麦 麵面 黨党 齡龄 劉刘 鄭郑 趙赵 楊杨 馮冯 鄧邓 蕭萧 韋韦 賴赖 譚谭 龔龚 顏颜 閻阎 鍾钟 蔣蒋 謹谨 鏽锈 擷撷 囉啰 唄呗 貓猫 壹一 貳二 肆四 徹彻 "
    "擠挤 攜携 嚴严 嚇吓 竊窃 緻致 縫缝 締缔 絲丝 紋纹 綴缀 繳缴 纏缠 罷罢 脫脱 腸肠 艙舱 蓋盖 虛虚 蝕蚀 訣诀 誌志 誘诱 諾诺 謀谋 謂谓 謎谜 譽誉 貫贯 販贩 貿贸 賦赋 "
    "賬账 轟轰 辯辩 迴回 逕径 適适 鄉乡 醞酝 釘钉 鈍钝 鋒锋 錶表 鍊炼 鎮镇 閩闽 闊阔 隸隶"
)
"""A traditional character and its simplified one, of those that work talk uses."""

SIMPLE = {ord(pair[0]): pair[1] for pair in PAIRS.split()}
WIDE = {code + 0xFEE0: chr(code) for code in range(0x21, 0x7F) if chr(code) not in ",.!?;:()"} | {0x3000: " "}
"""Full-width letters, digits and signs; but those that end a sentence or part it stay, for sentences are cut at them."""
TABLE = SIMPLE | WIDE
SEAM = re.compile(r"(?<=[\u3400-\u9fff])(?=[A-Za-z0-9`$./<-])|(?<=[A-Za-z0-9`%])(?=[\u3400-\u9fff])")


def plain(text: str) -> str:
    """The text in simplified characters with plain letters and digits, of the same length; ASCII comes back as it is."""
    return text if text.isascii() else text.translate(TABLE)


def spaced(text: str) -> str:
    """The text with a blank wherever Chinese and letters or digits touch, so that codes stand out: `报 KFK-203 了`."""
    return text if text.isascii() else SEAM.sub(" ", text)
