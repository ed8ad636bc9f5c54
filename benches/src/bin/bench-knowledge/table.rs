//! An FAQ of our own making: articles with model numbers, and what people ask about each.
//!
//! Every line has a question as the shop writes it and one as a visitor would put it, which the shop's
//! table does not have: that one is asked.

/// A line of the table.
pub struct Line {
    pub question: String,
    pub answer: String,
    /// Asked in other words.
    pub asked: String,
}

const ARTICLES: [(&str, &str); 25] = [
    ("空气净化器", "air purifier"),
    ("扫地机器人", "robot vacuum"),
    ("电饭煲", "rice cooker"),
    ("洗衣机", "washing machine"),
    ("冰箱", "refrigerator"),
    ("微波炉", "microwave oven"),
    ("吹风机", "hair dryer"),
    ("电动牙刷", "electric toothbrush"),
    ("蓝牙耳机", "bluetooth headphones"),
    ("智能手表", "smart watch"),
    ("平板电脑", "tablet"),
    ("显示器", "monitor"),
    ("机械键盘", "keyboard"),
    ("无线鼠标", "wireless mouse"),
    ("投影仪", "projector"),
    ("咖啡机", "coffee machine"),
    ("加湿器", "humidifier"),
    ("电暖器", "heater"),
    ("净水器", "water filter"),
    ("门锁", "door lock"),
    ("摄像头", "camera"),
    ("充电宝", "power bank"),
    ("儿童座椅", "child seat"),
    ("行李箱", "suitcase"),
    ("跑步机", "treadmill"),
];

/// (as the shop asks, as a visitor asks); `{}` is the article.
const ZH: [(&str, &str); 40] = [
    ("{}的保修期是多久", "{}坏了多长时间内能免费修"),
    ("{}如何申请退货", "我想把{}退掉要怎么弄"),
    ("{}可以换货吗", "{}买错了能换一个吗"),
    ("{}怎么清洗保养", "{}脏了要怎么洗"),
    ("{}开机没有反应怎么办", "{}按了开关不亮"),
    ("{}使用时噪音大正常吗", "{}用的时候声音好吵"),
    ("{}的额定功率是多少", "{}一小时要用多少电"),
    ("{}支持哪些付款方式", "买{}可以怎么付钱"),
    ("{}多久可以发货", "{}下单以后几天寄出"),
    ("{}的包装清单有哪些", "{}盒子里都有什么"),
    ("{}怎么连接无线网络", "{}连不上家里的wifi"),
    ("{}如何恢复出厂设置", "怎么把{}重置一下"),
    ("{}的尺寸和重量是多少", "{}有多大多重"),
    ("{}有几种颜色可选", "{}除了白色还有别的吗"),
    ("{}的配件在哪里购买", "{}的零件上哪儿买"),
    ("{}可以开具增值税专用发票吗", "买{}能给公司开专票不"),
    ("{}上门安装收费吗", "{}叫师傅来装要不要钱"),
    ("{}固件如何升级", "{}的系统怎么更新"),
    ("{}充电需要多长时间", "{}充满电要几个小时"),
    ("{}的适用年龄是多大", "{}几岁的小孩能用"),
    ("{}是否防水", "{}沾到水会不会坏"),
    ("{}显示错误代码E3是什么意思", "{}屏幕上跳出E3"),
    ("{}耗材多久更换一次", "{}的滤芯用多久要换"),
    ("{}能否寄到国外", "{}可以发到海外吗"),
    ("{}参加以旧换新吗", "旧的能抵钱换{}吗"),
    ("{}有没有教育优惠", "学生买{}便宜吗"),
    ("{}价格保护期是几天", "{}刚买就降价能退差价吗"),
    ("{}的产地是哪里", "{}是哪儿生产的"),
    ("{}使用寿命大概几年", "{}一般能用几年"),
    ("{}附近有维修点吗", "{}到哪里去修"),
    ("{}如何查询真伪", "怎么知道{}是不是正品"),
    ("{}的说明书在哪里下载", "{}的使用手册丢了"),
    ("{}可以分期付款吗", "{}能不能一个月一个月地付"),
    ("{}会过热自动断电吗", "{}用着用着自己停了"),
    ("{}遥控器如何配对", "{}的遥控器按了没用"),
    ("{}退货的运费由谁承担", "退{}的快递费谁出"),
    ("{}收货后少了配件怎么办", "{}收到缺东西"),
    ("{}可以预约送货时间吗", "{}能不能指定哪天送"),
    ("{}的待机功耗是多少", "{}不用的时候费电吗"),
    ("{}是否支持语音控制", "{}能用说话来操作吗"),
];

const EN: [(&str, &str); 20] = [
    (
        "How long is the warranty of the {}?",
        "my {} broke, until when is repair free",
    ),
    ("How do I return the {}?", "i want to send the {} back"),
    (
        "Can the {} be exchanged?",
        "i picked the wrong {}, can i swap it",
    ),
    (
        "How is the {} cleaned?",
        "the {} is dirty, how do i wash it",
    ),
    ("What to do when the {} does not start?", "{} won't turn on"),
    (
        "Is it normal that the {} is loud?",
        "the {} makes a lot of noise",
    ),
    (
        "What is the power rating of the {}?",
        "how much electricity does the {} use",
    ),
    (
        "When is the {} shipped?",
        "how many days until the {} is sent",
    ),
    ("What is in the box of the {}?", "what comes with the {}"),
    (
        "How do I connect the {} to wireless?",
        "{} can't find my wifi",
    ),
    (
        "How is the {} reset to factory settings?",
        "start over with the {}",
    ),
    (
        "What are the dimensions of the {}?",
        "how big and heavy is the {}",
    ),
    (
        "Which colours does the {} come in?",
        "is there a {} in black",
    ),
    (
        "Where are spare parts of the {} sold?",
        "need a part for the {}",
    ),
    (
        "Do I get a tax invoice for the {}?",
        "company invoice for the {} please",
    ),
    (
        "Does installation of the {} cost extra?",
        "do i pay for somebody to install the {}",
    ),
    (
        "How is the firmware of the {} updated?",
        "new software for the {}",
    ),
    (
        "How long does the {} take to charge?",
        "hours until the {} is full",
    ),
    ("Is the {} waterproof?", "can the {} get wet"),
    (
        "Can the {} be shipped abroad?",
        "send the {} to another country",
    ),
];

/// `count` lines, four fifths of them Chinese, at most 100,000.
pub fn lines(count: usize) -> Vec<Line> {
    let chinese = count - count / 5;
    let zh = (0..80).flat_map(|model| {
        (0..ARTICLES.len()).flat_map(move |article| {
            ZH.iter().enumerate().map(move |(at, forms)| {
                let name = format!("{} {}", number(article, model), ARTICLES[article].0);
                let answer = format!(
                    "{name}：第{}条，详见服务政策 {} 号。",
                    at + 1,
                    model * 40 + at
                );
                line(&name, *forms, answer)
            })
        })
    });
    let en = (0..40).flat_map(|model| {
        (0..ARTICLES.len()).flat_map(move |article| {
            EN.iter().enumerate().map(move |(at, forms)| {
                let name = format!("{} {}", number(article, model), ARTICLES[article].1);
                let answer = format!(
                    "{name}: see article {} of policy {}.",
                    at + 1,
                    model * 20 + at
                );
                line(&name, *forms, answer)
            })
        })
    });
    zh.take(chinese).chain(en.take(count - chinese)).collect()
}

fn line(name: &str, (question, asked): (&str, &str), answer: String) -> Line {
    Line {
        question: question.replace("{}", name),
        asked: asked.replace("{}", name),
        answer,
    }
}

/// A model number such as `KB-217`, another one for every article and model.
fn number(article: usize, model: usize) -> String {
    let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
    format!(
        "{}{}-{}",
        letter(article),
        letter(model * 7),
        100 + (model * 37 + article * 11) % 900
    )
}

/// The table as an office would keep it.
pub fn csv(lines: &[Line]) -> String {
    let mut text = String::from("\u{feff}问题,答案\n");
    for line in lines {
        for (at, cell) in [&line.question, &line.answer].into_iter().enumerate() {
            text.push_str(if at > 0 { ",\"" } else { "\"" });
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        }
        text.push('\n');
    }
    text
}
