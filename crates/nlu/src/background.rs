//! Ordinary sentences about nothing that a customer asks.
//!
//! They tell what the encoder says of language as such: the origin of the vector space while an
//! intent set is small, and examples of text from far away while there are no others.

use kefu_types::Lang;

/// (language, sentence).
pub(crate) fn texts() -> impl Iterator<Item = (Lang, &'static str)> {
    let zh = ZH.iter().map(|text| (Lang::Zh, *text));
    zh.chain(EN.iter().map(|text| (Lang::En, *text)))
}

const ZH: [&str; 32] = [
    "唐朝一共有多少位皇帝",
    "光合作用需要阳光和水",
    "蚂蚁怎么找到回家的路",
    "昨晚那场足球赛踢得真精彩",
    "火星上有没有水",
    "我家的猫又把花瓶打翻了",
    "这道几何题的辅助线怎么画",
    "长城是什么时候修建的",
    "他小时候住在海边的村子里",
    "恐龙为什么会灭绝",
    "小提琴比钢琴难学吗",
    "今年的麦子收成不错",
    "孙悟空大闹天宫",
    "鲸鱼不是鱼",
    "隔壁正在装修，吵得睡不着",
    "地球绕太阳转一圈要一年",
    "红烧肉要炖多久才烂",
    "她在大学里学的是哲学",
    "打雷的时候不要站在树下",
    "圆周率的小数点后面有多少位",
    "下棋输了三盘",
    "蝴蝶是毛毛虫变的",
    "这座桥有一百年的历史",
    "牛顿和苹果的故事是真的吗",
    "山上的雪还没有化",
    "量子力学太难懂了",
    "啊啊啊啊啊",
    "东风夜放花千树",
    "嗯那个就是说吧",
    "爷爷每天早上打太极拳",
    "猴子会游泳吗",
    "的了是不在有",
];

const EN: [&str; 32] = [
    "how many bones are in the human body",
    "the river freezes every winter",
    "who painted that famous ceiling",
    "my neighbour's dog barks all night",
    "volcanoes form where plates meet",
    "she studied philosophy at university",
    "what causes the northern lights",
    "the bridge was built a century ago",
    "is the tomato a fruit or a vegetable",
    "they lost the final by one goal",
    "photosynthesis needs light and water",
    "why did the roman empire fall",
    "he grew up in a village by the sea",
    "the square root of two is irrational",
    "do penguins have knees",
    "the orchestra tuned before the concert",
    "once upon a time there was a miller",
    "which planet has the most moons",
    "my grandfather collects old clocks",
    "bees dance to show the way to flowers",
    "asdf qwer zxcv",
    "blah blah blah",
    "the moon pulls the tides",
    "how deep is the deepest ocean",
    "it rained on the parade",
    "can you divide by zero",
    "the cat sat on the mat",
    "what is the meaning of life",
    "dinosaurs lived before us",
    "the knight moves in an l shape",
    "is glass a liquid",
    "the and of to a in",
];
